// Pure: errors of node:fs in the words of our own.

import type { ErrorDetails } from '../errors.ts';
import { describeErrno } from '../process/errno.ts';

/** A failed system call, ready for a message and for the fields of a RawExecError. */
export interface SystemError {
  /** `ENOENT (no such file or directory)` */
  readonly text: string;
  /** `'ENOENT'`, or empty when it was no failed system call. */
  readonly code: string;
  readonly details: ErrorDetails;
}

/** What a caught value tells about the system call that failed. */
export function systemErrorOf(error: unknown): SystemError {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') {
    return { text: String(error), code: '', details: { cause: error } };
  }
  const errno = Math.abs(error.errno);
  return {
    text: describeErrno(errno),
    code: 'code' in error && typeof error.code === 'string' ? error.code : '',
    details: {
      errno,
      cause: error,
      ...('syscall' in error && typeof error.syscall === 'string' && { syscall: error.syscall }),
    },
  };
}
