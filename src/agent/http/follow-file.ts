// Owner of the wait for more of one file that is read while it is written; Nomad's frames tell what has become of it.

import type { FileHandle } from 'node:fs/promises';
import { lstat } from 'node:fs/promises';
import { watchDirectory } from '../../logs/directory-watch.ts';
import { hasErrorCode } from '../../system-code.ts';

/** How much is read at a time, and so the largest frame. */
const blockBytes = 64 * 1024;
/** How long a client hears nothing. The file is looked at then, too: not every file system tells of changes. */
const heartbeatMs = 1000;

/** A piece of a file, or what has happened to it; without either it only says that the connection is there. */
export interface FilePiece {
  readonly offset: number;
  readonly data?: Buffer;
  readonly event?: 'file deleted' | 'file truncated';
}

export interface FollowedFile {
  readonly handle: FileHandle;
  /** Of the directory that it is in, and its name there. */
  readonly directory: string;
  readonly name: string;
}

/** What is there from `offset` on. @returns the offset behind it */
export async function* readPieces(
  handle: FileHandle,
  offset: number,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<FilePiece, number> {
  const end = offset + limit;
  for (let at = offset; ; ) {
    const size = Math.min(blockBytes, end - at);
    if (size === 0) return at;
    // Not used again: who gets it may hold it for a while.
    const block = Buffer.allocUnsafe(size);
    const { bytesRead } = await handle.read(block, 0, size, at);
    if (bytesRead === 0) return at;
    yield { offset: at, data: block.subarray(0, bytesRead) };
    at += bytesRead;
  }
}

/** The same, and then what is written, until the file has gone or the signal fires. */
export class FileFollower {
  readonly #file: FollowedFile;
  readonly #signal: AbortSignal;
  readonly #unwatch: () => void;
  #hasChanged = false;
  #wake: () => void = () => undefined;

  /** Throws `ERR_LOG_WATCH`. To be closed. */
  constructor(file: FollowedFile, signal: AbortSignal) {
    this.#file = file;
    this.#signal = signal;
    this.#unwatch = watchDirectory(`${file.directory}/.`, () => {
      this.#hasChanged = true;
      this.#wake();
    });
  }

  async *pieces(offset: number): AsyncGenerator<FilePiece, void> {
    const { handle } = this.#file;
    let at = offset;
    while (!this.#signal.aborted) {
      this.#hasChanged = false;
      const isGone = await this.#isGone();
      at = yield* readPieces(handle, at);
      const { size } = await handle.stat();
      if (size < at) {
        at = 0;
        yield { offset: 0, event: 'file truncated' };
      } else if (isGone) {
        yield { offset: at, event: 'file deleted' };
        return;
      } else if (!(await this.#changes())) {
        yield { offset: 0 };
      }
    }
  }

  close(): void {
    this.#unwatch();
  }

  /** Removed, or another one has its name: no more of it will be read by that. */
  async #isGone(): Promise<boolean> {
    const { handle, directory, name } = this.#file;
    const mine = await handle.stat({ bigint: true });
    try {
      const there = await lstat(`${directory}/${name}`, { bigint: true });
      return there.ino !== mine.ino || there.dev !== mine.dev;
    } catch (error) {
      if (hasErrorCode(error, ['ENOENT', 'ENOTDIR'])) return true;
      throw error;
    }
  }

  /** @returns false when nothing was told for a while */
  #changes(): Promise<boolean> {
    if (this.#hasChanged || this.#signal.aborted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (hasChanged: boolean): void => {
        clearTimeout(timer);
        this.#signal.removeEventListener('abort', wake);
        this.#wake = () => undefined;
        resolve(hasChanged);
      };
      const wake = (): void => done(true);
      const timer = setTimeout(() => done(false), heartbeatMs);
      this.#wake = wake;
      this.#signal.addEventListener('abort', wake);
    });
  }
}
