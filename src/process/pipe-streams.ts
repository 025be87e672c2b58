// Owner of the streams over pipe ends. node:net and node:stream are loaded with the first of them: many programs never
// need them, and they are most of what an import of this package would cost.

import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

type SocketClass = typeof Socket;

let socketClass: SocketClass | undefined;

function socketOver(fd: number, isReadable: boolean): Socket {
  socketClass ??= process.getBuiltinModule('node:net').Socket;
  return new socketClass({ fd, readable: isReadable, writable: !isReadable });
}

/** @param leftover - bytes that were taken out of the pipe before, and come first */
export function readableOver(fd: number, leftover: Buffer | undefined): Readable {
  const stream = socketOver(fd, true);
  if (leftover !== undefined && leftover.length > 0) stream.unshift(leftover);
  return stream;
}

export function writableOver(fd: number): Writable {
  return socketOver(fd, false);
}

/** What was taken out of a pipe that has ended since. */
export function readableOf(leftover: Buffer | undefined): Readable {
  const { Readable } = process.getBuiltinModule('node:stream');
  const stream = new Readable({ read: nothing });
  if (leftover !== undefined && leftover.length > 0) stream.push(leftover);
  stream.push(null);
  return stream;
}

/** Stands for the standard input of a process that has ended. */
export function closedWritable(): Writable {
  const { Writable } = process.getBuiltinModule('node:stream');
  const stream = new Writable({ write: nothing });
  stream.destroy();
  return stream;
}

function nothing(): void {
  // All that there is has been pushed already, or can never be written.
}

/** What `drain` found. */
export interface Drained {
  readonly bytes: Buffer | undefined;
  /** Whether the last writer is gone. */
  readonly isEnded: boolean;
}

/** Reads in pieces of a default pipe's size, see pipe(7); at most this many, for the case that somebody still writes. */
const pieceBytes = 65_536;
const mostPieces = 16;
let piece: Buffer | undefined;

/** What `drain` answers when it could not look. */
const notDrained: Drained = { bytes: undefined, isEnded: false };

/**
 * Takes out of a pipe what is in it, without ever waiting: the pipe is opened anew for that, because O_NONBLOCK
 * belongs to the open file, which a stream or another process may share.
 */
export function drain(fd: number): Drained {
  const source = openAnew(fd);
  if (source < 0) return notDrained;
  piece ??= Buffer.allocUnsafeSlow(pieceBytes);
  const pieces: Buffer[] = [];
  let isEnded = false;
  try {
    for (let count = 0; count < mostPieces && !isEnded; count++) {
      const length = readSync(source, piece);
      if (length > 0) pieces.push(Buffer.from(piece.subarray(0, length)));
      else isEnded = true;
    }
  } catch (error) {
    // EAGAIN: it is empty, and a descendant of the child still holds it.
    if (!hasCode(error, ['EAGAIN'])) throw error;
  } finally {
    closeSync(source);
  }
  return { bytes: pieces.length === 0 ? undefined : Buffer.concat(pieces), isEnded };
}

/** @returns -1 where that cannot be: another user's pipe, no /proc, no descriptor free. Nothing is lost by it. */
function openAnew(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, ['EACCES', 'EMFILE', 'ENFILE', 'ENOENT'])) return -1;
    throw error;
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}
