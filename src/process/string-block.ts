// Pure: the NUL-joined blocks in which strings cross to the engine. Hot path: concatenation only; a NUL byte inside a
// string is noticed by the engine, which counts, and only then is the culprit looked for here.

import { InvalidOptionError } from '../errors.ts';
import { invalidArgument, invalidOption, showValue } from './invalid-option.ts';

const textWithoutNul = 'a string without NUL bytes';

/** argv[0] and the arguments. */
export function argvBlock(argv0: string, args: readonly string[]): string {
  let block = argv0;
  for (let index = 0; index < args.length; index++) {
    const arg: unknown = args[index];
    if (typeof arg !== 'string') throw invalidArgument(`args[${index}]`, arg, textWithoutNul);
    block += `\0${arg}`;
  }
  return block;
}

/** How many variables the last `envBlock` wrote: a second result without an object for it. */
let lastEnvCount = 0;

export function envBlock(env: Readonly<Record<string, string | undefined>>): string {
  let block = '';
  let count = 0;
  for (const name in env) {
    const value: unknown = env[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw badVariable(name, `is ${kindOf(value)}`);
    if (name === '' || name.includes('=')) throw badVariableName(name);
    block += count === 0 ? `${name}=${value}` : `\0${name}=${value}`;
    count++;
  }
  lastEnvCount = count;
  return block;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export function envCount(): number {
  return lastEnvCount;
}

/** The value is not shown: environments hold secrets, and messages go into logs. */
export function badVariable(name: string, what: string): TypeError {
  const option = `env.${name}`;
  const message = `option "${option}" ${what}; it must be ${textWithoutNul}`;
  return new InvalidOptionError('ERR_INVALID_OPTION', option, message);
}

function badVariableName(name: string): TypeError {
  return invalidOption(
    `env[${showValue(name)}]`,
    name,
    "a variable's name: not empty and without '='",
  );
}

/** The error for the NUL byte that the engine has noticed. */
export function nulByteError(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> | undefined,
): TypeError {
  if (command.includes('\0')) return invalidArgument('command', command, textWithoutNul);
  const index = args.findIndex((arg) => arg.includes('\0'));
  if (index >= 0) return invalidArgument(`args[${index}]`, args[index], textWithoutNul);
  for (const [name, value] of Object.entries(env ?? {})) {
    if (name.includes('\0')) return invalidOption(`env[${showValue(name)}]`, name, textWithoutNul);
    if (value?.includes('\0')) return badVariable(name, 'has a NUL byte');
  }
  return invalidArgument('argument', undefined, textWithoutNul);
}
