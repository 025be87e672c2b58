// Pure: the part of a list that a client asks for, by `prefix`, `filter`, `next_token`, `per_page` and `reverse`.

import type { Context } from 'hono';
import { FilterError } from '../filter/filter-tokens.ts';
import { matchesFilter } from '../filter/match-filter.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import type { Json } from './job-json.ts';
import { refuse } from './respond.ts';

/**
 * Sorted by `idOf`; one whose id is the whole prefix comes first in either order. The token of the next page is its first id.
 *
 * @param filtered what the filter looks at. @default the item
 */
export function page<T extends Json>(
  context: Context,
  items: readonly T[],
  idOf: (item: T) => string,
  filtered: (item: T) => Json = (item) => item,
): readonly T[] {
  const { prefix = '', filter = '', next_token: token, per_page: perPage } = context.req.query();
  const isReversed = context.req.query('reverse') === 'true';
  const size = Number(perPage ?? 0);
  if (!Number.isSafeInteger(size) || size < 0)
    throw refuse(400, `per_page must be a whole number, and is ${JSON.stringify(perPage)}`);
  const isExact = (item: T): boolean => prefix !== '' && idOf(item) === prefix;
  const order = isReversed ? -1 : 1;
  const wanted = matching(
    filter,
    items.filter((item) => idOf(item).startsWith(prefix)),
    filtered,
  ).toSorted((a, b) => {
    if (isExact(a) !== isExact(b)) return isExact(a) ? -1 : 1;
    return idOf(a) < idOf(b) ? -order : order;
  });
  // A page begins with the exact one, or comes behind it.
  const isAtOrBehind = (item: T): boolean => {
    if (token === undefined || idOf(item) === token) return true;
    if (isExact(item)) return false;
    return token === prefix || (isReversed ? idOf(item) < token : idOf(item) > token);
  };
  const from = wanted.filter(isAtOrBehind);
  const next = size > 0 ? from[size] : undefined;
  if (next !== undefined) context.header('X-Nomad-NextToken', idOf(next));
  return size > 0 ? from.slice(0, size) : from;
}

function matching<T>(source: string, items: readonly T[], of: (item: T) => Json): readonly T[] {
  if (source === '') return items;
  try {
    const filter = parseFilter(source);
    return items.filter((item) => matchesFilter(filter, of(item)));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw refuse(
      400,
      `the filter cannot be used: character ${error.at + 1} of ${JSON.stringify(source)}: ${error.message}`,
    );
  }
}
