/** Values of HCL, and what they are to each other. Pure. */
import { formatNumber, type HclNumber, parseNumber } from './number.ts';

/**
 * A value. Whole numbers beyond 2^53 are bigints, all other numbers are numbers; a bigint is never used for a smaller one.
 * Lists, tuples and sets are arrays. Maps and objects are maps in the order in which they were written.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** Tells a list from everything else, which `Array.isArray` does not for readonly arrays. */
export function isListValue(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Tells a map or object from everything else. */
export function isMapValue(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

/** Tells a number, of either kind, from everything else. */
export function isNumberValue(value: Value): value is HclNumber {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The value as text; undefined when it has none. */
export function toText(value: Value): string | undefined {
  if (typeof value === 'string') {
    return value;
  }
  if (isNumberValue(value)) {
    return formatNumber(value);
  }
  return typeof value === 'boolean' ? String(value) : undefined;
}

/** The value as number: of a text, the number that is written there. */
export function toNumber(value: Value): HclNumber | undefined {
  return typeof value === 'string' ? parseNumber(value) : isNumberValue(value) ? value : undefined;
}

/** The value as truth value: of a text, "true" or "false". */
export function toBool(value: Value): boolean | undefined {
  if (typeof value === 'boolean') {
    return value;
  }
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

/** The items of a map in the order of their keys, which is the order in which HCL goes through maps. */
export function sortedEntries(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => compareText(one, other));
}

/** Order of texts by code points. */
export function compareText(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  for (let at = 0; at < one.length && at < other.length; at++) {
    if (one.charCodeAt(at) !== other.charCodeAt(at)) {
      const isSecondHalf = at > 0 && (one.charCodeAt(at) & 0xfc00) === 0xdc00;
      const from = isSecondHalf ? at - 1 : at;
      return (one.codePointAt(from) ?? 0) - (other.codePointAt(from) ?? 0);
    }
  }
  return one.length - other.length;
}

/** Whether two values are the same. Values of different types are not: 1 is not "1". */
export function isSame(one: Value, other: Value): boolean {
  if (isListValue(one)) {
    return (
      isListValue(other) &&
      one.length === other.length &&
      one.every((item, index) => isSame(item, other[index] ?? null))
    );
  }
  if (isMapValue(one)) {
    return (
      isMapValue(other) &&
      one.size === other.size &&
      [...one].every(([key, item]) => other.has(key) && isSame(item, other.get(key) ?? null))
    );
  }
  return one === other;
}

/** Says what a value is, for messages: `the text "many"`, `a list`. */
export function describeValue(value: Value): string {
  if (typeof value === 'string') {
    const short = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    return `the text ${JSON.stringify(short)}`;
  }
  if (isListValue(value)) {
    return 'a list';
  }
  if (isMapValue(value)) {
    return 'an object';
  }
  return isNumberValue(value) ? `the number ${formatNumber(value)}` : String(value);
}
