// Owner of this process's standard input as a stream that holds nobody up: Node reads a pipe on a thread that waits for its writer, and
// this process could not end before that.

import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { hasErrorCode } from '../system-code.ts';

export function openStandardInput(): Readable {
  const stats = fstatSync(0);
  if (isatty(0) || stats.isSocket()) return process.stdin;
  const pipe = stats.isFIFO() ? reopenPipe() : undefined;
  if (pipe === undefined) return createReadStream('', { fd: 0 });
  return new Socket({ fd: pipe, readable: true, writable: false });
}

/** A description of our own: O_NONBLOCK on the one that we were given would be a surprise for those who share it. */
function reopenPipe(): number | undefined {
  try {
    return openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // Another user has made it.
    if (hasErrorCode(error, ['EACCES', 'ENOENT'])) return undefined;
    throw error;
  }
}
