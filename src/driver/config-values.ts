// Pure: the kinds of value that a configuration is made of, as valibot schemas whose messages are our own.
//
// A job file is loosely typed: after interpolation a number may arrive as text ("500"), and `args = ["-n", 5]` holds a
// number where text is meant. Such values are converted, as the job file's own language does it; nothing else is.

import * as v from 'valibot';
import { durationForm, longestWaitMs, parseDuration } from '../duration.ts';
import { messageOf } from '../message-of.ts';
import { describeValue } from './describe-value.ts';
import { parseSignal } from './driver-errors.ts';

const loose = [v.string(), v.number(), v.boolean()] as const;

function spell(value: string | number | boolean): string {
  // From 1e21 on String() writes an exponent, which no program expects as an argument.
  return typeof value === 'number' && Number.isInteger(value)
    ? BigInt(value).toString()
    : String(value);
}

/** Stands before any conversion: what comes after one is no part of the JSON Schema. */
function described<Value>(
  text: string | undefined,
): v.MetadataAction<Value, { description?: string }> {
  return v.metadata(text === undefined ? {} : { description: text });
}

/** Text without a NUL byte, which no path, argument or name can hold. */
export function text(description?: string): v.GenericSchema<string | number | boolean, string> {
  return v.pipe(
    v.union(loose, (issue) => `must be text, got ${describeValue(issue.input)}`),
    described(description),
    v.transform(spell),
    v.check((value) => !value.includes('\0'), 'must not contain a NUL byte'),
  );
}

/** Text that says something. */
export function nonEmptyText(
  description?: string,
): v.GenericSchema<string | number | boolean, string> {
  return v.pipe(
    v.union(loose, (issue) => `must be text, got ${describeValue(issue.input)}`),
    described(description),
    v.transform(spell),
    v.check((value) => value !== '', 'must not be empty'),
    v.check((value) => !value.includes('\0'), 'must not contain a NUL byte'),
  );
}

/** A `*` pattern of variable names. */
export function variablePattern(): v.GenericSchema<string | number | boolean, string> {
  return v.pipe(
    nonEmptyText(),
    v.check(
      (value) => !value.includes('='),
      (issue) => `must be a variable's name, which has no "=", got ${describeValue(issue.input)}`,
    ),
  );
}

/** An absolute path; empty means that none is given, as job files from an API have it. */
export function absolutePath(): v.GenericSchema<string, string> {
  return v.pipe(
    v.string((issue) => `must be an absolute path, got ${describeValue(issue.input)}`),
    v.check(
      (value) => value === '' || value.startsWith('/'),
      (issue) => `must be an absolute path, got ${describeValue(issue.input)}`,
    ),
    v.check((value) => !value.includes('\0'), 'must not contain a NUL byte'),
  );
}

/** A list of such items. */
export function list<Input, Output>(
  item: v.GenericSchema<Input, Output>,
  of: string,
): v.GenericSchema<Input[], Output[]> {
  return v.array(item, (issue) => `must be a list of ${of}, got ${describeValue(issue.input)}`);
}

/** A whole number from `minimum` to `maximum`, or the same as text. */
export function integer(
  minimum: number,
  maximum: number,
  description?: string,
): v.GenericSchema<number | string, number> {
  const message = (issue: v.BaseIssue<unknown>): string =>
    `must be a whole number from ${minimum} to ${maximum}, got ${describeValue(issue.input)}`;
  return v.pipe(
    v.union(
      [
        v.pipe(
          v.number(),
          v.integer(message),
          v.minValue(minimum, message),
          v.maxValue(maximum, message),
        ),
        v.pipe(v.string(), v.regex(/^-?[0-9]{1,15}$/, message)),
      ],
      message,
    ),
    described(description),
    v.transform(Number),
    v.minValue(minimum, message),
    v.maxValue(maximum, message),
  );
}

const spellings = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Yes or no, or the same as text. */
export function flag(description?: string): v.GenericSchema<boolean | string, boolean> {
  return v.pipe(
    v.union(
      [v.boolean(), v.picklist([...spellings.keys()])],
      (issue) => `must be true or false, got ${describeValue(issue.input)}`,
    ),
    described(description),
    v.transform((value) => value === true || spellings.get(String(value)) === true),
  );
}

/** A number that need not be whole, or the same as text. */
export function decimal(
  minimum: number,
  maximum: number,
  description?: string,
): v.GenericSchema<number | string, number> {
  const message = (issue: v.BaseIssue<unknown>): string =>
    `must be a number from ${minimum} to ${maximum}, got ${describeValue(issue.input)}`;
  return v.pipe(
    v.union(
      [v.number(), v.pipe(v.string(), v.regex(/^[0-9]{1,15}(\.[0-9]{1,400})?$/, message))],
      message,
    ),
    described(description),
    v.transform(Number),
    v.minValue(minimum, message),
    v.maxValue(maximum, message),
  );
}

/** How long something may take, in milliseconds. */
export function duration(description?: string): v.GenericSchema<string, number> {
  return v.pipe(
    v.string((issue) => `must be ${durationForm}, got ${describeValue(issue.input)}`),
    described(description),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parseDuration(dataset.value);
      if (parsed.ok && parsed.ms >= 0 && parsed.ms <= longestWaitMs) return Math.ceil(parsed.ms);
      addIssue({
        message: parsed.ok
          ? `must be from 0 to 24 days, got ${describeValue(dataset.value)}`
          : `must be ${durationForm}: ${parsed.problem}`,
      });
      return NEVER;
    }),
  );
}

/** The name of a signal that does something. */
export function signal(description?: string): v.GenericSchema<string, string> {
  return v.pipe(
    v.string((issue) => `must be the name of a signal, got ${describeValue(issue.input)}`),
    described(description),
    v.rawCheck(({ dataset, addIssue }) => {
      const problem = dataset.typed ? signalProblem(dataset.value) : undefined;
      if (problem !== undefined) addIssue({ message: problem });
    }),
  );
}

function signalProblem(name: string): string | undefined {
  try {
    return parseSignal(name) === 0 ? `must be a signal that is sent; ${name} only asks` : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
