// Pure: values that nobody can change.

/** Freezes plain objects and arrays to their leaves. @returns the same value */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
