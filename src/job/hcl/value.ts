/** Values of HCL. Pure. */

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
