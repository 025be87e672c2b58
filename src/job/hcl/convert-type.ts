/** Converts values to types that are written as expressions: `list(string)`. Pure. */

import type { Expression, Range } from './syntax.ts';
import {
  compareText,
  describeValue,
  isListValue,
  isMapValue,
  isSame,
  toBool,
  toNumber,
  toText,
  type Value,
} from './value.ts';

/** The converted value, or why there is none; `range` is given when the type itself is wrong. */
export type Conversion =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string; readonly range?: Range };

/** Converts a value to the type that an expression names. */
export function convertToType(value: Value, type: Expression): Conversion {
  if (value === null) {
    return { ok: true, value };
  }
  if (type.kind === 'traversal' && type.steps.length === 0) {
    return toPrimitive(value, type.root, type.range);
  }
  const item = type.kind === 'call' ? type.arguments[0] : undefined;
  if (type.kind !== 'call' || item === undefined || type.arguments.length !== 1) {
    return wrongType(type.range);
  }
  switch (type.name) {
    case 'list':
    case 'set':
      return toItems(value, item, type.name === 'set');
    case 'map':
      return toMap(value, item);
    default:
      return wrongType(type.nameRange);
  }
}

function wrongType(range: Range): Conversion {
  const problem = 'a type is string, number, bool, any, list(…), set(…) or map(…)';
  return { ok: false, problem, range };
}

function toPrimitive(value: Value, type: string, range: Range): Conversion {
  switch (type) {
    case 'any':
      return { ok: true, value };
    case 'string':
      return primitive(toText(value), 'text', value);
    case 'number':
      return primitive(toNumber(value), 'a number', value);
    case 'bool':
      return primitive(toBool(value), 'true or false', value);
    default:
      return wrongType(range);
  }
}

function primitive(converted: Value | undefined, wanted: string, value: Value): Conversion {
  return converted === undefined
    ? { ok: false, problem: `expected ${wanted}, and read ${describeValue(value)}` }
    : { ok: true, value: converted };
}

function toItems(value: Value, type: Expression, isSet: boolean): Conversion {
  if (!isListValue(value)) {
    return { ok: false, problem: `expected a list, and read ${describeValue(value)}` };
  }
  const items: Value[] = [];
  for (const item of value) {
    const converted = convertToType(item, type);
    if (!converted.ok) {
      return converted;
    }
    items.push(converted.value);
  }
  return { ok: true, value: isSet ? toSet(items) : items };
}

function toMap(value: Value, type: Expression): Conversion {
  if (!isMapValue(value)) {
    return { ok: false, problem: `expected an object, and read ${describeValue(value)}` };
  }
  const entries = new Map<string, Value>();
  for (const [key, item] of value) {
    const converted = convertToType(item, type);
    if (!converted.ok) {
      return converted;
    }
    entries.set(key, converted.value);
  }
  return { ok: true, value: entries };
}

/** Items without repetitions, texts and numbers in their order, as HCL goes through sets. */
export function toSet(items: readonly Value[]): Value[] {
  const plain = new Set<Value>();
  const others: Value[] = [];
  for (const item of items) {
    if (typeof item !== 'object' || item === null) {
      plain.add(item);
    } else if (!others.some((other) => isSame(other, item))) {
      others.push(item);
    }
  }
  return [...[...plain].sort(comparePlain), ...others];
}

function comparePlain(one: Value, other: Value): number {
  const [left, right] = [toNumber(one), toNumber(other)];
  if (
    typeof one !== 'string' &&
    typeof other !== 'string' &&
    left !== undefined &&
    right !== undefined
  ) {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return compareText(toText(one) ?? '', toText(other) ?? '');
}
