/** Values of variables to their declared types, by HCL's rules. Pure. */
import { type Converted, convertValue, describeValue, isList, isObject } from './convert-value.ts';
import type { JobValue } from './job-model.ts';
import { describeType, type ObjectField, type VariableType } from './variable-type.ts';

/** Converts a value to a variable's type. Null is a value of every type. */
export function convertToType(value: JobValue, type: VariableType): Converted {
  if (value === null) {
    return { ok: true, value };
  }
  switch (type.kind) {
    case 'any':
      return { ok: true, value };
    case 'string':
    case 'number':
    case 'bool':
      return convertValue(value, type.kind);
    case 'list':
    case 'set':
      return toCollection(value, type);
    case 'tuple':
      return toTuple(value, type.items, type);
    case 'map':
      return isObject(value)
        ? toFields(Object.entries(value).map(([name, item]) => [name, item, type.item]))
        : wrong(value, type);
    case 'object':
      return toObject(value, type.fields, type);
  }
}

/** The type that a value has by itself: what a variable without a declared type takes from its default. */
export function typeOfValue(value: JobValue): VariableType {
  switch (typeof value) {
    case 'string':
      return { kind: 'string' };
    case 'number':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'bool' };
    default:
      return { kind: 'any' };
  }
}

function toCollection(
  value: JobValue,
  type: Extract<VariableType, { readonly item: VariableType }>,
): Converted {
  if (!isList(value)) {
    return wrong(value, type);
  }
  const converted = toItems(value.map((item) => [item, type.item]));
  if (!converted.ok || type.kind === 'list' || !isList(converted.value)) {
    return converted;
  }
  return { ok: true, value: distinct(converted.value) };
}

/** A set has each value once, in an order of its own: texts by code point. */
function distinct(items: readonly JobValue[]): JobValue[] {
  const byText = new Map(items.map((item) => [JSON.stringify(item), item]));
  return [...byText.entries()]
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, item]) => item);
}

function toTuple(value: JobValue, types: readonly VariableType[], type: VariableType): Converted {
  if (!isList(value)) {
    return wrong(value, type);
  }
  if (value.length !== types.length) {
    const problem = `must be ${describeType(type)}, and is a list of ${value.length}`;
    return { ok: false, path: [], problem };
  }
  return toItems(value.map((item, index) => [item, types[index] ?? { kind: 'any' }]));
}

function toObject(
  value: JobValue,
  fields: ReadonlyMap<string, ObjectField>,
  type: VariableType,
): Converted {
  if (!isObject(value)) {
    return wrong(value, type);
  }
  const missing = [...fields].find(
    ([name, field]) => !(field.isOptional || Object.hasOwn(value, name)),
  );
  if (missing !== undefined) {
    const problem = `must be ${describeType(type)}, and has no ${JSON.stringify(missing[0])}`;
    return { ok: false, path: [], problem };
  }
  // What the type does not name is left out, as HCL does.
  return toFields([...fields].map(([name, field]) => [name, value[name] ?? null, field.type]));
}

function toItems(items: readonly (readonly [JobValue, VariableType])[]): Converted {
  const result: JobValue[] = [];
  for (const [index, [item, type]] of items.entries()) {
    const converted = convertToType(item, type);
    if (!converted.ok) {
      return { ...converted, path: [index, ...converted.path] };
    }
    result.push(converted.value);
  }
  return { ok: true, value: result };
}

function toFields(fields: readonly (readonly [string, JobValue, VariableType])[]): Converted {
  const result: [string, JobValue][] = [];
  for (const [name, value, type] of fields) {
    const converted = convertToType(value, type);
    if (!converted.ok) {
      return { ...converted, path: [name, ...converted.path] };
    }
    result.push([name, converted.value]);
  }
  return { ok: true, value: Object.fromEntries(result) };
}

function wrong(value: JobValue, type: VariableType): Converted {
  const problem = `must be ${describeType(type)}, and is ${describeValue(value)}`;
  return { ok: false, path: [], problem };
}
