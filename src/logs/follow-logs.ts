// Owner of nothing before its first read: what reads is loaded then.

import {
  type FollowLogsOptions,
  type LogName,
  type LogPlan,
  type LogPosition,
  readLogOptions,
} from './log-options.ts';
import type { LogProgress } from './log-reader.ts';

/** A log that is being read: the bytes in their order, each once, over all rotations. It can be read once. */
export class LogFollower implements AsyncIterable<Buffer> {
  readonly #plan: LogPlan;
  readonly #progress: LogProgress = { position: undefined, skippedBytes: 0, skippedFiles: 0 };
  #isUsed = false;

  /** @throws InvalidOptionError */
  constructor(log: LogName, options: FollowLogsOptions = {}) {
    this.#plan = readLogOptions(log, options);
  }

  /** Behind the last piece that was handed out: `from` of a later reading. Undefined before the first. */
  get position(): LogPosition | undefined {
    return this.#progress.position;
  }

  /**
   * Bytes that were rotated away before they were read, in all so far. What it grew by while a piece came is missing before
   * that piece. Known where the file system has extended attributes and a raw-exec pump writes the log; `skippedFiles` is
   * always known.
   */
  get skippedBytes(): number {
    return this.#progress.skippedBytes;
  }

  /** Whole files that were gone before they were read, in all so far. */
  get skippedFiles(): number {
    return this.#progress.skippedFiles;
  }

  /** @throws RawExecError `ERR_LOG_READ`, `ERR_LOG_WATCH`, `ERR_LOG_POSITION` */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    if (this.#isUsed) throw new TypeError('a log can be read once: call followLogs again');
    this.#isUsed = true;
    const { LogReader } = await import('./log-parts.ts');
    yield* new LogReader(this.#plan, this.#progress).chunks();
  }

  /** The same as lines of UTF-8, without their ends. A line of more than 1 MiB comes in pieces. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    const { splitLines } = await import('./log-parts.ts');
    yield* splitLines(this);
  }
}

/**
 * Reads a log that a pump writes, `directory/name.0` and so on, and waits for more.
 *
 * @throws InvalidOptionError
 * @example
 * for await (const line of followLogs({ directory: 'logs', name: 'web.stdout' }, { tail: { lines: 10 } }).lines()) {
 *   console.log(line);
 * }
 */
export function followLogs(log: LogName, options: FollowLogsOptions = {}): LogFollower {
  return new LogFollower(log, options);
}
