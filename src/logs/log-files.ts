// Owner of one file of a log while it is read, and of nothing else: which files there are is asked anew each time.

import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RawExecError } from '../errors.ts';
import { native } from '../native.ts';
import { codeOf, hasErrorCode } from '../system-code.ts';
import type { LogName } from './log-options.ts';

/** As the pump tells it (native/pump/rotated_files.cc). */
const startAttribute = 'user.raw-exec.start';

// The log may be in a directory that its task may write to: links and devices lead elsewhere.
const openFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** One file, open. */
export interface LogFile {
  readonly number: number;
  readonly handle: FileHandle;
  /** Bytes of the whole log that stand in the files before; undefined where it does not tell. */
  readonly start: number | undefined;
}

function failure(what: string, log: LogName, cause: unknown): RawExecError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot ${what} ${log.directory}: ${why}`;
  return new RawExecError('ERR_LOG_READ', message, { path: log.directory, cause });
}

/**
 * The numbers of the files that there are, ascending.
 *
 * While files are made, a listing may show one and not the one before it. So where numbers are missing it is listed again: what
 * is older than a file that was seen was there before that second listing began. What is newer is left to the next one.
 *
 * @param after the file that is being read: what should come next is the one behind it
 */
export async function listLogFiles(log: LogName, after = -1): Promise<readonly number[]> {
  let numbers = await listOnce(log);
  for (;;) {
    const newest = numbers.at(-1);
    if (newest === undefined || !hasGap(numbers, after)) return numbers;
    const again = await listOnce(log);
    const known = again.filter((number) => number <= newest);
    if (known.length > 0) return known;
    // All of them have been rotated away meanwhile.
    numbers = again;
  }
}

function hasGap(numbers: readonly number[], after: number): boolean {
  let last = after;
  for (const number of numbers) {
    if (number <= after) continue;
    if (last >= 0 && number !== last + 1) return true;
    last = number;
  }
  return false;
}

async function listOnce(log: LogName): Promise<readonly number[]> {
  const prefix = `${log.name}.`;
  let entries: readonly string[];
  try {
    entries = await readdir(log.directory);
  } catch (error) {
    throw failure('list the logs in', log, error);
  }
  return entries
    .filter(
      (entry) =>
        entry.startsWith(prefix) && /^(?:0|[1-9]\d{0,15})$/.test(entry.slice(prefix.length)),
    )
    .map((entry) => Number(entry.slice(prefix.length)))
    .filter((number) => Number.isSafeInteger(number))
    .sort((a, b) => a - b);
}

export function readStart(handle: FileHandle): number | undefined {
  const value = native.readAttribute(`/proc/self/fd/${handle.fd}`, startAttribute);
  if (typeof value === 'number' || !/^\d{1,16}$/.test(value)) return undefined;
  return Number(value);
}

/** @returns undefined when it is gone by now, or is no file of a log: a link, a FIFO, a second name of something */
export async function openLogFile(log: LogName, number: number): Promise<LogFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(join(log.directory, `${log.name}.${number}`), openFlags);
  } catch (error) {
    // ENXIO: a socket, or a device without a driver.
    if (hasErrorCode(error, ['ENOENT', 'ELOOP', 'ENXIO'])) return undefined;
    throw failure(`read ${log.name}.${number} in`, log, error);
  }
  try {
    const info = await handle.stat();
    if (info.isFile() && info.nlink <= 1) {
      return { number, handle, start: readStart(handle) };
    }
  } catch (error) {
    await handle.close();
    throw failure(`read ${log.name}.${number} in`, log, error);
  }
  await handle.close();
  return undefined;
}

export function isGone(error: unknown): boolean {
  return error instanceof RawExecError && codeOf(error.cause) === 'ENOENT';
}
