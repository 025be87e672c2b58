// Pure: the error of a containment that cannot do what it is for.

import { RawExecError } from '../errors.ts';
import { describeErrno } from '../process/errno.ts';

/** @param attempt what was tried, on what: `list the processes of group /a/b` */
export function containmentError(attempt: string, errno: number, advice: string): RawExecError {
  const message = `cannot ${attempt}: ${describeErrno(errno)}. ${advice}`;
  return new RawExecError('ERR_CONTAINMENT', message, { errno });
}

/** A result of the addon: `value`, or minus errno. */
export function orThrow<Value extends object>(value: Value | number, attempt: string): Value {
  if (typeof value !== 'number') return value;
  throw containmentError(
    attempt,
    -value,
    'Somebody else has removed the group or changed its rights: processes may be left in it',
  );
}
