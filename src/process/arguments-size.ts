// Owner of the sizes that execve(2) allows for arguments and environment.

import { readFileSync } from 'node:fs';
import { SpawnError } from '../errors.ts';
import { hasErrorCode } from '../system-code.ts';
import type { FailedStart } from './failed-start.ts';
import { plannedSoftLimit, stackResource } from './resource-limits.ts';

const tooBigErrno = 7; // E2BIG

/** One string, see execve(2): MAX_ARG_STRLEN, 32 pages. */
const longestStringBytes = 131_072;
/** All strings together: a quarter of the stack limit, at least 128 KiB, at most three quarters of 8 MiB. */
const leastTotalBytes = 131_072;
const mostTotalBytes = 6_291_456;
/** Each string costs its pointer too. */
const pointerBytes = 8;

export function argumentsTooLong(start: FailedStart): SpawnError {
  return new SpawnError(
    'ERR_ARGUMENTS_TOO_LONG',
    `cannot execute ${start.file}: E2BIG (argument list too long). ${describeSize(start)}`,
    { step: 'exec', errno: tooBigErrno, syscall: 'execve', path: start.file },
  );
}

function describeSize(start: FailedStart): string {
  for (const [index, arg] of start.args.entries()) {
    const bytes = Buffer.byteLength(arg) + 1;
    if (bytes > longestStringBytes) {
      return `args[${index}] has ${bytes} bytes and the kernel takes ${longestStringBytes} in one argument: pass it by a file or a pipe`;
    }
  }
  for (const [name, value] of Object.entries(start.env)) {
    const bytes = Buffer.byteLength(`${name}=${value ?? ''}`) + 1;
    if (value !== undefined && bytes > longestStringBytes) {
      return `the environment variable ${name} has ${bytes} bytes and the kernel takes ${longestStringBytes} in one: pass it by a file or a pipe`;
    }
  }
  return (
    `Arguments and environment have ${totalBytes(start)} bytes and the limit is ${totalLimit(start)} (a quarter of ` +
    'the stack limit): pass fewer at a time, or use a file or a pipe'
  );
}

/** What the kernel counts: the strings with their ends, and a pointer for each. */
function totalBytes(start: FailedStart): number {
  let bytes = Buffer.byteLength(start.plan.argv0 ?? start.command) + 1 + pointerBytes;
  for (const arg of start.args) bytes += Buffer.byteLength(arg) + 1 + pointerBytes;
  for (const [name, value] of Object.entries(start.env)) {
    if (value !== undefined) bytes += Buffer.byteLength(`${name}=${value}`) + 1 + pointerBytes;
  }
  return bytes;
}

function totalLimit(start: FailedStart): number {
  const planned = plannedSoftLimit(start.plan.extras?.rlimits, stackResource);
  const stack = planned ?? ownStackLimit();
  const quarter = stack < 0 ? mostTotalBytes : Math.floor(stack / 4);
  return Math.min(Math.max(quarter, leastTotalBytes), mostTotalBytes);
}

/** The soft limit of this process; -1 = unlimited, or unknown where there is no /proc. */
function ownStackLimit(): number {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT', 'EACCES'])) return -1;
    throw error;
  }
  const match = /^Max stack size\s+(\d+)/m.exec(limits);
  return match === null ? -1 : Number(match[1]);
}
