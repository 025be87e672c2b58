// Pure: reads the values of flags. Each throws what commander shows as `option '--nice <n>' argument 'x' is invalid. …`.

import { InvalidArgumentError } from '@commander-js/extra-typings';
import { durationForm, formatDuration, longestWaitMs, parseDuration } from '../duration.ts';

/** `inherit`, `new`, or the id of a process group. */
export function parseProcessGroup(text: string): 'inherit' | 'new' | number {
  if (text === 'inherit' || text === 'new') return text;
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new InvalidArgumentError('It must be inherit, new, or the id of a process group.');
  }
  return Number(text);
}

/** A whole number, in decimal. Whether it is in range is the option's own matter. */
export function parseInteger(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A whole number in octal, as chmod(1) and umask(1) take it. */
export function parseOctal(text: string): number {
  if (!/^(0o)?[0-7]{1,5}$/.test(text)) {
    throw new InvalidArgumentError('It must be an octal number such as 022.');
  }
  return Number.parseInt(text.replace('0o', ''), 8);
}

/** A duration above zero, in milliseconds. */
export function parseDelay(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(`It must be ${durationForm}: ${parsed.problem}.`);
  if (parsed.ms <= 0) throw new InvalidArgumentError('It must be longer than 0.');
  if (parsed.ms > longestWaitMs) {
    throw new InvalidArgumentError(`It must be at most ${formatDuration(longestWaitMs)}.`);
  }
  return parsed.ms;
}

/** CPU numbers and ranges, as taskset(1) takes them: `0-3,6`. */
export function parseCpus(text: string): number[] {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (range === null || last < first) {
      throw new InvalidArgumentError('It must be CPU numbers and ranges such as 0-3,6.');
    }
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus];
}

/** A flag that may be repeated: its values in order. */
export function collect(text: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), text];
}

/** `NAME=value` cut at the first `=`. */
export function parsePair(text: string, form: string): readonly [string, string] {
  const cut = text.indexOf('=');
  if (cut <= 0) throw new InvalidArgumentError(`It must have the form ${form}.`);
  return [text.slice(0, cut), text.slice(cut + 1)];
}

/** Repeated `name=value` flags as one object; a name that comes twice is a mistake. */
export function collectPairs(
  form: string,
): (text: string, previous: Record<string, string> | undefined) => Record<string, string> {
  return (text, previous = {}) => {
    const [name, value] = parsePair(text, form);
    if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`${name} is given twice.`);
    return { ...previous, [name]: value };
  };
}
