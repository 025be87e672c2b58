// Owner of the descriptors that a task's output streams start with; they are closed here once the task has its own.

import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { SpawnError } from '../errors.ts';
import type { StdioSlot } from '../process/spawn-options.ts';
import { systemErrorOf } from './system-error.ts';
import type { TaskOutput } from './task-host.ts';

/** One stream, ready for a start. */
export interface OpenedOutput extends AsyncDisposable {
  readonly slot: StdioSlot;
}

const logFileMode = 0o644;

/**
 * Opens where a stream goes. A symbolic link in the last place is refused: a task that may write to its log directory
 * could point it at any file of the host.
 *
 * A FIFO is opened for reading and writing: that never waits for a reader, and a reader that goes away and comes back does
 * not cost the task a SIGPIPE. The reader still sees the end when the task's last process is gone.
 * @throws SpawnError ERR_STDIO
 */
export async function openTaskOutput(
  output: TaskOutput,
  stream: 'stdout' | 'stderr',
): Promise<OpenedOutput> {
  if (output.to === 'nowhere' || output.to === 'log') {
    return { slot: 'ignore', [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (output.to === 'pipe') {
    return { slot: 'pipe', [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (output.to === 'reader') {
    const slot = { file: output.path, append: true, create: false, noFollow: true } as const;
    return { slot, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const handle = await openPath(output.path, stream);
  return { slot: handle.fd, [Symbol.asyncDispose]: () => handle.close() };
}

async function openPath(path: string, stream: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOCTTY, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;
  try {
    const flags = (await isFifo(path)) ? O_RDWR : O_WRONLY | O_APPEND | O_CREAT;
    return await open(path, flags | O_NOCTTY | O_NOFOLLOW, logFileMode);
  } catch (error) {
    const { text, code, details } = systemErrorOf(error);
    const hint = code === 'ELOOP' ? '. Symbolic links are not followed: name the file itself' : '';
    throw new SpawnError('ERR_STDIO', `cannot open ${path} for ${stream}: ${text}${hint}`, {
      ...details,
      path,
    });
  }
}

async function isFifo(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFIFO();
  } catch (error) {
    if (systemErrorOf(error).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}
