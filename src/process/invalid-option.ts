// Pure: the messages for options that can never work.

import { inspect } from 'node:util';
import { InvalidOptionError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';

/** Long values are cut: the message is for a person who knows their own program. */
const longestValue = 120;

/** A value as it is shown in a message, on one line. */
export function showValue(value: unknown): string {
  const text = inspect(value, { depth: 1, compact: true, maxArrayLength: 4 }).replace(/\s+/g, ' ');
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/**
 * The error for a bad value.
 * @param option - the option's name, with the path inside it
 * @param allowed - what would have been right, as a noun phrase
 */
export function invalidOption(option: string, value: unknown, allowed: string): InvalidOptionError {
  const what =
    value === undefined
      ? `option "${option}" is undefined; leave it out, or give ${allowed}`
      : `option "${option}" is ${showValue(value)}; it must be ${allowed}`;
  return new InvalidOptionError('ERR_INVALID_OPTION', option, what);
}

/** The error for a bad command or argument. */
export function invalidArgument(
  argument: string,
  value: unknown,
  allowed: string,
): InvalidOptionError {
  const what = `${argument} is ${showValue(value)}; it must be ${allowed}`;
  return new InvalidOptionError('ERR_INVALID_ARGUMENT', argument, what);
}

/** Names that other process libraries use, with what serves the same end here. */
const namesElsewhere: Readonly<Record<string, string>> = {
  detached: 'use "processGroup: \'new\'" or "newSession: true"',
  encoding: 'streams carry bytes; "run" has "encoding"',
  extendEnv: 'give the whole environment in "env"',
  gid: 'use "group"',
  input: 'write to "stdin", or use "run"',
  maxBuffer: 'only "run" collects output',
  serialization: 'there is no message channel',
  shell: "start the shell yourself: spawn('/bin/sh', ['-c', script])",
  timeout: 'use "timeoutMs"',
  uid: 'use "user"',
  windowsHide: 'this package is for Linux',
};

/** The error for an option that does not exist, with the nearest one that does. */
export function unknownOption(
  option: string,
  known: readonly string[],
  prefix = '',
): InvalidOptionError {
  const elsewhere = prefix === '' ? namesElsewhere[option] : undefined;
  const nearest = nearestName(option, known);
  let hint = `the options are ${known.join(', ')}`;
  if (nearest !== undefined) hint = `did you mean "${nearest}"?`;
  if (elsewhere !== undefined && !known.includes(option)) hint = elsewhere;
  const path = `${prefix}${option}`;
  return new InvalidOptionError('ERR_INVALID_OPTION', path, `unknown option "${path}"; ${hint}`);
}

/** The error for a name that is none of a list. */
export function unknownName(
  option: string,
  value: string,
  kind: string,
  known: readonly string[],
): InvalidOptionError {
  // 'TERM' and 'sigterm' are further from any name than a typing error is.
  const prefixed = `SIG${value.toUpperCase()}`;
  const nearest = known.includes(prefixed) ? prefixed : nearestName(value, known);
  const hint =
    nearest === undefined
      ? `such as ${known.slice(0, 4).join(', ')}`
      : `did you mean "${nearest}"?`;
  const message = `option "${option}": unknown ${kind} ${showValue(value)}; ${hint}`;
  return new InvalidOptionError('ERR_INVALID_OPTION', option, message);
}
