// Owner of one output stream of a task while it is read: every byte goes to the log file and to whoever watches.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** Where the bytes go. A promise holds the task back while its output cannot be taken. */
export interface OutputSink {
  write(chunk: Buffer): Promise<void>;
  /** The log file cannot be written; the bytes still go to `write`. Told once. */
  logFailed(error: unknown): void;
}

const logMode = 0o644;
/** How long a stream may stay silent after its task has ended, before we stop to wait for its end. */
const lingerMs = 1000;
/** More than a pipe holds: what comes beyond that was written after the task had ended. */
const lingerBytes = 2 * 1024 * 1024;

/**
 * Makes a log file. It must be new: a task that may write beside its log must not be able to lead us to another file.
 */
export function openLogFile(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, logMode);
}

/**
 * Reads until the stream's end. After `ended` the stream ends too, unless something that the task has left behind still
 * holds it: that is waited for only shortly.
 */
export async function pumpOutput(
  stream: Readable,
  log: FileHandle | undefined,
  sink: OutputSink,
  ended: Promise<unknown>,
): Promise<void> {
  const writers = { isEnded: false };
  let isOver = false;
  let lateBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let file = log;
  const lingerOn = (): void => {
    clearTimeout(timer);
    // Time counts only while nothing comes; a slow reader of ours costs no bytes.
    timer = setTimeout(() => stream.destroy(), lingerMs);
  };
  const noteEnd = (): void => {
    writers.isEnded = true;
    // The stream may end first: a timer that nobody needs would hold the program for as long as it runs.
    if (!isOver) lingerOn();
  };
  void ended.then(noteEnd, noteEnd);
  try {
    for await (const chunk of readChunks(stream)) {
      clearTimeout(timer);
      file = await appendTo(file, chunk, sink);
      await sink.write(chunk);
      if (!writers.isEnded) continue;
      lateBytes += chunk.length;
      if (lateBytes > lingerBytes) break;
      lingerOn();
    }
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

/** The chunks of a stream; one that was destroyed by the timer above just ends. */
async function* readChunks(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) {
      yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** @returns the file to go on with: none after a failure, because a log with a hole would mislead. */
async function appendTo(
  file: FileHandle | undefined,
  chunk: Buffer,
  sink: OutputSink,
): Promise<FileHandle | undefined> {
  if (file === undefined) return undefined;
  try {
    await file.appendFile(chunk);
    return file;
  } catch (error) {
    sink.logFailed(error);
    return undefined;
  }
}
