// Pure: the size of a terminal as a caller gives it.

import { InvalidOptionError } from '../errors.ts';
import type { TerminalSize } from '../process/pseudo-terminal.ts';
import { describeValue } from './describe-value.ts';
import { checkKeys } from './driver-options.ts';

/** Fields of struct winsize are unsigned short, see ioctl_tty(2); 0 would mean that nothing is known. */
const most = 65_535;

/** @throws InvalidOptionError */
export function checkTerminalSize(option: string, size: unknown): TerminalSize {
  if (typeof size !== 'object' || size === null) {
    throw new InvalidOptionError(
      'ERR_INVALID_OPTION',
      option,
      `${option} must be { rows, columns }, got ${describeValue(size)}`,
    );
  }
  checkKeys(size, ['rows', 'columns']);
  const { rows, columns }: { rows?: unknown; columns?: unknown } = size;
  return {
    rows: checkCount(`${option}.rows`, rows),
    columns: checkCount(`${option}.columns`, columns),
  };
}

function checkCount(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) {
    return value;
  }
  throw new InvalidOptionError(
    'ERR_INVALID_OPTION',
    option,
    `${option} must be a whole number from 1 to ${most}, got ${describeValue(value)}`,
  );
}
