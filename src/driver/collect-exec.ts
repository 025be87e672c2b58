// Owner of the wait for one command that runs beside a task: its output, its deadline, its end.

import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { OutputTail } from './output-tail.ts';
import type { ExecRequest, ExecResult } from './task-host.ts';
import { settlesWithin } from './within.ts';

/** A command that has been started, whoever its parent is. */
export interface CollectedCommand {
  /** Its output, as far as it is piped here. */
  readonly streams: readonly Readable[];
  readonly exited: Promise<{ readonly exitCode: number; readonly signal: number }>;
  /** Ends it with what came of it, by SIGKILL. Rejects when that cannot be done. */
  kill(): Promise<void>;
}

/** Collects output until everybody who could write to it has ended, or to the deadline; then the command is killed. */
export async function collectExec(
  { streams, exited, kill }: CollectedCommand,
  { timeoutMs, maxOutputBytes }: Pick<ExecRequest, 'timeoutMs' | 'maxOutputBytes'>,
): Promise<ExecResult> {
  const tail = new OutputTail(maxOutputBytes);
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => tail.add(chunk));
  }
  try {
    const isTimedOut = !(await settlesWithin(
      Promise.all([exited, ...streams.map(streamEnd)]),
      timeoutMs,
    ));
    if (isTimedOut) await kill();
    const { exitCode, signal } = await exited;
    return Object.freeze({
      exitCode,
      signal,
      output: tail.toBuffer(),
      isTruncated: tail.isTruncated,
      isTimedOut,
    });
  } finally {
    // A process that has got away may hold the other end for ever.
    for (const stream of streams) stream.destroy();
  }
}

/** Destroying a stream that has not ended is how a deadline ends it. */
async function streamEnd(stream: Readable): Promise<void> {
  try {
    await finished(stream);
  } catch (error) {
    const isDestroyed =
      error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isDestroyed) {
      throw error;
    }
  }
}
