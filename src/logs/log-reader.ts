// Owner of the open file and of the watch of one reading of a log.
//
// A log is written to its newest file only. So the end of a file is the end of what it will ever have once a newer one is
// there, seen before the file was read to its end; and nothing is waited for unless all of that was looked at after the
// watch had begun.

import { RawExecError } from '../errors.ts';
import { DirectoryEvent } from '../native/directory-events.ts';
import { watchDirectory } from './directory-watch.ts';
import { isGone, type LogFile, listLogFiles, openLogFile, readStart } from './log-files.ts';
import type { LogPlan, LogPosition } from './log-options.ts';
import { findTail } from './tail-start.ts';

const chunkBytes = 64 * 1024;

/** What a reading has come to; written by the reader. */
export interface LogProgress {
  position: LogPosition | undefined;
  skippedBytes: number;
  skippedFiles: number;
}

export class LogReader {
  readonly #plan: LogPlan;
  readonly #progress: LogProgress;
  #file: LogFile | undefined;
  #offset = 0;
  /** Where the reading was when the file was opened. */
  #before: LogPosition | undefined;
  #newer: number[] = [];
  /** The last file that could not be opened: gone, or no file of a log. It is not tried again. */
  #passed = -1;
  #scratch: Buffer | undefined;
  #mustList = true;
  #isGone = false;
  #hasChanged = false;
  #wake: (() => void) | undefined;

  constructor(plan: LogPlan, progress: LogProgress) {
    this.#plan = plan;
    this.#progress = progress;
  }

  /** The bytes of the log, in pieces of at most 64 KiB. */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    const { signal, isFollowing, directory } = this.#plan;
    if (this.#isAborted()) return;
    const onAbort = (): void => this.#wake?.();
    const close = isFollowing ? watchDirectory(directory, (bits) => this.#note(bits)) : undefined;
    signal?.addEventListener('abort', onAbort);
    try {
      await this.#begin();
      while (!this.#isAborted()) {
        const chunk = await this.#next();
        if (chunk === 'end') return;
        if (chunk !== 'again') yield chunk;
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      close?.();
      await this.#file?.handle.close();
    }
  }

  #isAborted(): boolean {
    return this.#plan.signal?.aborted === true;
  }

  #note(bits: number): void {
    if ((bits & DirectoryEvent.entries) !== 0) this.#mustList = true;
    if ((bits & DirectoryEvent.gone) !== 0) this.#isGone = true;
    this.#hasChanged = true;
    this.#wake?.();
  }

  async #begin(): Promise<void> {
    const { from } = this.#plan;
    if (from === 'start') return;
    if (from !== 'end' && 'file' in from) return this.#beginAt(from);
    const position = await findTail(this.#plan, from === 'end' ? { bytes: 0 } : from);
    if (position !== undefined) await this.#open(position.file, position.offset);
  }

  async #beginAt(position: LogPosition): Promise<void> {
    const numbers = await listLogFiles(this.#plan);
    const newest = numbers.at(-1);
    if (newest !== undefined && newest < position.file) {
      const message = `the position is in ${this.#plan.name}.${position.file}, but the newest file of the log in ${this.#plan.directory} is ${this.#plan.name}.${newest}: it is a position of another log, or this one was begun anew`;
      throw new RawExecError('ERR_LOG_POSITION', message, { path: this.#plan.directory });
    }
    this.#progress.position = position;
    if (numbers.includes(position.file)) await this.#open(position.file, position.offset);
  }

  /** Whether the file was there. Tells what stood between the last position and its begin. */
  async #open(number: number, offset: number): Promise<boolean> {
    const file = await openLogFile(this.#plan, number);
    if (file === undefined) return false;
    const before = this.#progress.position;
    await this.#file?.handle.close();
    this.#file = file;
    this.#offset = offset;
    this.#before = before;
    if (before !== undefined && number > before.file) {
      this.#progress.skippedFiles += number - before.file - 1;
      this.#countSkippedBytes(before, file);
    }
    this.#tellPosition();
    return true;
  }

  /** A new file may have been opened before its writer has said what stands before it; that is there before its first byte. */
  #learnStart(file: LogFile): void {
    if (file.start !== undefined) return;
    const known = { ...file, start: readStart(file.handle) };
    const before = this.#before;
    if (before !== undefined && file.number > before.file) this.#countSkippedBytes(before, known);
    this.#file = known;
  }

  #countSkippedBytes(before: LogPosition, file: LogFile): void {
    if (before.total === undefined || file.start === undefined) return;
    this.#progress.skippedBytes += Math.max(0, file.start - before.total);
  }

  #tellPosition(): void {
    if (this.#file === undefined) return;
    const { number, start } = this.#file;
    const place = { file: number, offset: this.#offset };
    this.#progress.position =
      start === undefined ? place : { ...place, total: start + this.#offset };
  }

  async #next(): Promise<Buffer | 'again' | 'end'> {
    this.#hasChanged = false;
    // Before the reading: what is newer than a file makes its end the last one.
    if (this.#mustList && this.#newer.length === 0) await this.#list();
    const isLast = this.#newer.length === 0;
    if (this.#file !== undefined) {
      const chunk = await this.#read(this.#file);
      if (chunk !== undefined) return chunk;
    }
    if (!isLast) return this.#openNext();
    if (!this.#plan.isFollowing || this.#isGone) return 'end';
    await this.#wait();
    return 'again';
  }

  async #list(): Promise<void> {
    this.#mustList = false;
    const at = Math.max(this.#file?.number ?? this.#progress.position?.file ?? -1, this.#passed);
    try {
      const numbers = await listLogFiles(this.#plan, at);
      this.#newer = numbers.filter((number) => number > at);
    } catch (error) {
      // After it was there once, that is the end of the log.
      if (!this.#isGone && !(this.#file !== undefined && isGone(error))) throw error;
      this.#isGone = true;
      this.#newer = [];
    }
  }

  async #read(file: LogFile): Promise<Buffer | undefined> {
    this.#scratch ??= Buffer.allocUnsafeSlow(chunkBytes);
    const scratch = this.#scratch;
    const { bytesRead } = await file.handle.read(scratch, 0, chunkBytes, this.#offset);
    if (bytesRead > 0) {
      if (this.#offset === 0) this.#learnStart(file);
      this.#offset += bytesRead;
      this.#tellPosition();
      const chunk = scratch.subarray(0, bytesRead);
      // A short piece is copied: whoever keeps it keeps no 64 KiB with it.
      if (bytesRead < chunkBytes / 2) return Buffer.from(chunk);
      this.#scratch = undefined;
      return chunk;
    }
    // Somebody emptied the file to make room, as it is usual: what it holds now is new.
    const { size } = await file.handle.stat();
    if (size >= this.#offset) return undefined;
    this.#offset = 0;
    return this.#read(file);
  }

  async #openNext(): Promise<'again'> {
    const number = this.#newer.shift();
    if (number === undefined || (await this.#open(number, 0))) return 'again';
    this.#passed = number;
    // When one has been rotated away, newer ones than we know of are there.
    this.#mustList ||= this.#newer.length === 0;
    return 'again';
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
      if (this.#hasChanged || this.#isAborted()) this.#wake();
    });
  }
}
