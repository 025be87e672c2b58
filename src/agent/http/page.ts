// Pure: the part of a list that a client asks for, by `prefix`, `next_token`, `per_page` and `reverse`.

import type { Context } from 'hono';
import { refuse } from './respond.ts';

/** Sorted by `idOf`. The token of the next page is its first id. */
export function page<T>(
  context: Context,
  items: readonly T[],
  idOf: (item: T) => string,
): readonly T[] {
  const { prefix = '', next_token: token, per_page: perPage } = context.req.query();
  const isReversed = context.req.query('reverse') === 'true';
  const size = Number(perPage ?? 0);
  if (!Number.isSafeInteger(size) || size < 0)
    throw refuse(400, `per_page must be a whole number, and is ${JSON.stringify(perPage)}`);
  const order = isReversed ? -1 : 1;
  const wanted = items
    .filter((item) => idOf(item).startsWith(prefix))
    .toSorted((a, b) => (idOf(a) < idOf(b) ? -order : order));
  const from =
    token === undefined
      ? wanted
      : wanted.filter((item) => (isReversed ? idOf(item) <= token : idOf(item) >= token));
  const next = size > 0 ? from[size] : undefined;
  if (next !== undefined) context.header('X-Nomad-NextToken', idOf(next));
  return size > 0 ? from.slice(0, size) : from;
}
