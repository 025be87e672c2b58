/**
 * Values of a job file to the types of the field table, by HCL's rules: a number may stand for text and text for a number,
 * where it is one. Pure.
 */
import { durationForm, nanosecondsToMs, parseDuration } from '../duration.ts';
import type { ValueType } from './fields/field.ts';
import type { JobObject, JobValue } from './job-model.ts';

/** A value of the wanted type (durations in milliseconds), or why it is none. */
export type Converted =
  | { readonly ok: true; readonly value: JobValue }
  | {
      readonly ok: false;
      /** What was expected and what was read, to follow the field's name. */
      readonly problem: string;
      /** The place inside the value, when it is not the value as a whole. */
      readonly path: readonly (string | number)[];
    };

const expectations: Readonly<Record<ValueType, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  bool: 'true or false',
  duration: `${durationForm}, or a number of nanoseconds`,
  'list of strings': 'a list of texts',
  'map of strings': 'a map of names to texts',
  'map of lists': 'a map of names to lists of texts',
  any: 'a value',
};

/** Converts one value that is not null. */
export function convertValue(value: JobValue, type: ValueType): Converted {
  switch (type) {
    case 'any':
      return done(value);
    case 'string':
      return toText(value);
    case 'integer':
    case 'number':
      return toNumber(value, type);
    case 'bool':
      return toBool(value);
    case 'duration':
      return toDuration(value);
    case 'list of strings':
      return toList(value);
    case 'map of strings':
      return toMap(value, type, toText);
    case 'map of lists':
      return toMap(value, type, toList);
  }
}

/** Says what a value is, for messages: `the text "many"`, `a list`. */
export function describeValue(value: JobValue): string {
  if (value === null) {
    return 'null';
  }
  if (typeof value === 'string') {
    const short = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    return `the text ${JSON.stringify(short)}`;
  }
  if (typeof value === 'number') {
    return `the number ${value}`;
  }
  if (typeof value === 'boolean') {
    return String(value);
  }
  return isList(value) ? 'a list' : 'an object';
}

/** Tells a list from an object, which `Array.isArray` does not for readonly arrays. */
export function isList(value: JobValue): value is readonly JobValue[] {
  return Array.isArray(value);
}

/** Tells an object from everything else. */
export function isObject(value: JobValue): value is JobObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function toText(value: JobValue): Converted {
  if (typeof value === 'string') {
    return done(value);
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return done(String(value));
  }
  return wrong('string', value);
}

function toNumber(value: JobValue, type: 'integer' | 'number'): Converted {
  const isNumeral = typeof value === 'string' && /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value);
  const number = isNumeral ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    return wrong(type, value);
  }
  return type === 'integer' && !Number.isSafeInteger(number) ? wrong(type, value) : done(number);
}

function toBool(value: JobValue): Converted {
  if (typeof value === 'boolean') {
    return done(value);
  }
  if (value === 'true' || value === '1') {
    return done(true);
  }
  return value === 'false' || value === '0' ? done(false) : wrong('bool', value);
}

function toDuration(value: JobValue): Converted {
  if (typeof value === 'number') {
    return done(nanosecondsToMs(value));
  }
  if (typeof value !== 'string') {
    return wrong('duration', value);
  }
  const parsed = parseDuration(value);
  if (parsed.ok) {
    return done(parsed.ms);
  }
  return { ok: false, path: [], problem: `must be ${expectations.duration}: ${parsed.problem}` };
}

function toList(value: JobValue): Converted {
  if (!isList(value)) {
    return wrong('list of strings', value);
  }
  const items: JobValue[] = [];
  for (const [index, item] of value.entries()) {
    const converted = toText(item);
    if (!converted.ok) {
      return { ...converted, path: [index, ...converted.path] };
    }
    items.push(converted.value);
  }
  return done(items);
}

function toMap(
  value: JobValue,
  type: ValueType,
  convertItem: (item: JobValue) => Converted,
): Converted {
  if (!isObject(value)) {
    return wrong(type, value);
  }
  const entries: [string, JobValue][] = [];
  for (const [name, item] of Object.entries(value)) {
    if (item === null) {
      continue; // Null says nothing, here as everywhere.
    }
    const converted = convertItem(item);
    if (!converted.ok) {
      return { ...converted, path: [name, ...converted.path] };
    }
    entries.push([name, converted.value]);
  }
  // From entries, and not by assignment: a key named __proto__ stays a key.
  return done(Object.fromEntries(entries));
}

function done(value: JobValue): Converted {
  return { ok: true, value };
}

function wrong(type: ValueType, value: JobValue): Converted {
  return {
    ok: false,
    path: [],
    problem: `must be ${expectations[type]}, and is ${describeValue(value)}`,
  };
}
