// Where the last lines or bytes of a log begin. Opens the files that it has to look into, newest first.

import type { FileHandle } from 'node:fs/promises';
import { listLogFiles, openLogFile } from './log-files.ts';
import type { LogName, LogPosition, LogTail } from './log-options.ts';

const blockBytes = 64 * 1024;
const newline = 0x0a;

/** How many line ends are still to be passed on the way back, and where they were found. */
export interface Search {
  left: number;
  /** The very last byte of a log is no line end that has a line behind it. */
  isAtEnd: boolean;
}

/** @returns the offset behind the last line end that was looked for, or undefined when there are not as many */
export async function searchBack(
  handle: FileHandle,
  size: number,
  search: Search,
): Promise<number | undefined> {
  const block = Buffer.allocUnsafe(Math.min(blockBytes, size));
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - begin, begin);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      const isLineEnd = block[at] === newline;
      if (isLineEnd && !search.isAtEnd) search.left -= 1;
      search.isAtEnd = false;
      if (search.left === 0) return begin + at + 1;
    }
    end = begin;
  }
  return undefined;
}

/** @returns undefined when the log is shorter than that, so all of it is meant */
export async function findTail(log: LogName, tail: LogTail): Promise<LogPosition | undefined> {
  const numbers = await listLogFiles(log);
  const search: Search = { left: 'lines' in tail ? tail.lines : 0, isAtEnd: true };
  let bytesLeft = 'bytes' in tail ? tail.bytes : 0;
  for (const number of [...numbers].reverse()) {
    const file = await openLogFile(log, number);
    if (file === undefined) continue;
    try {
      const { size } = await file.handle.stat();
      let offset: number | undefined;
      if ('bytes' in tail) {
        offset = size >= bytesLeft ? size - bytesLeft : undefined;
        bytesLeft -= size;
      } else {
        offset = tail.lines === 0 ? size : await searchBack(file.handle, size, search);
      }
      if (offset !== undefined) return { file: number, offset };
    } finally {
      await file.handle.close();
    }
  }
  return undefined;
}
