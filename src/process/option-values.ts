// Pure: checks of single option values, for options that few starts have.

import { maxSignal, signalNames, signalNumber } from '../signals.ts';
import { invalidOption, unknownName } from './invalid-option.ts';

/** Longest delay that timers take: 2^31 - 1 milliseconds. */
const longestDelayMs = 2_147_483_647;

export function integerOption(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw invalidOption(option, value, `an integer from ${least} to ${most}`);
}

/** Permission bits, which people write in octal. */
export function modeOption(option: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) {
    return value;
  }
  throw invalidOption(option, value, `permission bits from 0 to 0o${most.toString(8)}`);
}

export function delayOption(option: string, value: unknown): number {
  const isDelay =
    typeof value === 'number' && Number.isFinite(value) && value > 0 && value <= longestDelayMs;
  if (!isDelay) {
    throw invalidOption(
      option,
      value,
      `a number of milliseconds above 0, at most ${longestDelayMs}`,
    );
  }
  return Math.ceil(value);
}

export function booleanOption(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidOption(option, value, 'true or false');
}

/** A non-empty string that a system call can take. */
export function pathOption(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw invalidOption(option, value, 'a non-empty string without NUL bytes');
}

/** @returns the signal's number */
export function signalOption(option: string, value: unknown): number {
  if (typeof value !== 'string') {
    throw invalidOption(option, value, "the name of a signal such as 'SIGTERM'");
  }
  const number = signalNumber(value);
  if (number === undefined) throw unknownName(option, value, 'signal', signalNames());
  return number;
}

/** A signal by name or number for `kill`; 0 sends nothing and only asks. */
export function signalArgument(value: unknown): number {
  if (typeof value === 'number') return integerOption('signal', value, 0, maxSignal);
  return signalOption('signal', value);
}

/** Own enumerable entries of an object that a user gave. */
export function objectOption(option: string, value: unknown, allowed: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(option, value, allowed);
  }
  return Object.entries(value);
}

/** @param leadsGroup - whether the process leads a group of its own */
export function targetOption(
  option: string,
  value: unknown,
  leadsGroup: boolean,
): 'main' | 'group' {
  if (value === 'main' || (value === 'group' && leadsGroup)) return value;
  throw invalidOption(
    option,
    value,
    value === 'group'
      ? "'main' unless the process was started with processGroup: 'new' or newSession"
      : "'main' or 'group'",
  );
}
