/** Rules that hold for several kinds of block. Pure. */

import { formatDuration, longestWaitMs } from '../duration.ts';
import { describeValue } from './convert-value.ts';
import type { Problems } from './problems.ts';
import { number, type RawBlock, rangeOf } from './raw-block.ts';

/** A group's or task's name becomes part of paths: it must not leave its folder. */
export function checkName(
  what: 'group' | 'task',
  name: string,
  block: RawBlock,
  problems: Problems,
): void {
  const range = rangeOf(block, 'name');
  if (name === '') {
    problems.error(`a ${what} needs a name`, range);
  } else if (/[/\\\0]/.test(name) || name === '.' || name === '..') {
    problems.error(
      `the name of a ${what} must have no slash and not be . or .., and is ${JSON.stringify(name)}`,
      range,
    );
  }
}

/** Refuses a negative number. */
export function checkNotNegative(name: string, block: RawBlock, problems: Problems): void {
  const value = number(block, name);
  if (value !== undefined && value < 0) {
    problems.error(
      `"${name}" must not be negative, and is ${describeValue(value)}`,
      rangeOf(block, name),
    );
  }
}

/** Refuses what nobody can wait for: a negative time, and one that is longer than timers take. */
export function checkWait(name: string, block: RawBlock, problems: Problems): void {
  checkNotNegative(name, block, problems);
  const value = number(block, name);
  if (value !== undefined && value > longestWaitMs) {
    problems.error(
      `"${name}" must be at most ${formatDuration(longestWaitMs)}, and is ${formatDuration(value)}`,
      rangeOf(block, name),
    );
  }
}

/** Refuses a number below `least`. */
export function checkAtLeast(
  name: string,
  least: number,
  block: RawBlock,
  problems: Problems,
): void {
  const value = number(block, name);
  if (value !== undefined && value < least) {
    problems.error(
      `"${name}" must be at least ${least}, and is ${describeValue(value)}`,
      rangeOf(block, name),
    );
  }
}
