// Pure: whether an object of the API is one that a filter asks for.

import { FilterError } from './filter-tokens.ts';
import type { Filter, Pattern, Selector } from './parse-filter.ts';

/**
 * A field that an object has not makes each comparison with it false, and "is empty" true.
 *
 * @throws FilterError for a field that such objects never have
 */
export function matchesFilter(filter: Filter, object: Readonly<Record<string, unknown>>): boolean {
  switch (filter.kind) {
    case 'and':
      return matchesFilter(filter.left, object) && matchesFilter(filter.right, object);
    case 'or':
      return matchesFilter(filter.left, object) || matchesFilter(filter.right, object);
    case 'not':
      return !matchesFilter(filter.inner, object);
    case 'empty':
      return isEmpty(select(filter.selector, object));
    case 'equal':
      return isEqual(select(filter.selector, object), filter.value);
    case 'contains':
      return contains(select(filter.selector, object), filter.value);
    case 'matches':
      return matches(select(filter.selector, object), filter.pattern);
  }
}

function select({ path, at }: Selector, object: Readonly<Record<string, unknown>>): unknown {
  const [first = ''] = path;
  if (!Object.hasOwn(object, first)) {
    const known = Object.keys(object).join(', ');
    throw new FilterError(at, `there is no field ${JSON.stringify(first)}, but ${known}`);
  }
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function isEqual(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value === wanted;
  if (typeof value === 'number') return wanted !== '' && value === Number(wanted);
  if (typeof value === 'boolean') return String(value) === wanted;
  return false;
}

/** A part of a text, an element of a list, or a key of a map. */
function contains(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value.includes(wanted);
  if (Array.isArray(value)) return value.some((one) => isEqual(one, wanted));
  return typeof value === 'object' && value !== null && Object.hasOwn(value, wanted);
}

function matches(value: unknown, pattern: Pattern): boolean {
  if (typeof value === 'string') return pattern.test(value);
  return Array.isArray(value) && value.some((one) => typeof one === 'string' && pattern.test(one));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
