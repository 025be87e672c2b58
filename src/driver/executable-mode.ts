// Owner of one change to the file system: programs inside a task's directory are made executable.

import { constants } from 'node:fs';
import { chmod, type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { SpawnError } from '../errors.ts';
import { systemErrorOf } from './system-error.ts';

/** Readable and executable for everybody. */
export const executableBits = 0o555;

/** open(2): a handle that names a file and can neither read nor block; missing from node:fs. */
const pathOnly = 0o10000000;

/**
 * Sees to it that `file` can be executed.
 *
 * Inside the task's directory the missing bits of 0555 are added, as downloaded files lack them. Files of the host are
 * left as they are: one that nobody may execute is refused with `ERR_COMMAND_NOT_EXECUTABLE`.
 */
export async function ensureExecutable(file: string, taskDir: string | undefined): Promise<void> {
  // The file stays the same one between the check and the change, whatever is put in its place meanwhile.
  const handle = await openPath(file);
  try {
    const { mode, nlink } = await handle.stat();
    if ((mode & executableBits) === executableBits) {
      return;
    }
    const self = `/proc/self/fd/${handle.fd}`;
    const isInTask =
      taskDir !== undefined && isInside(await readlink(self), await realpath(taskDir));
    // A file with another name may be a file of the host.
    if (isInTask && nlink === 1) {
      await chmodOrExplain(self, file, (mode & 0o7777) | executableBits);
    } else if ((mode & 0o111) === 0) {
      throw notExecutable(
        file,
        isInTask ? 'it has other names (hard links)' : 'it is outside the task directory',
      );
    }
  } finally {
    await handle.close();
  }
}

async function openPath(file: string): Promise<FileHandle> {
  try {
    return await open(file, pathOnly | constants.O_RDONLY);
  } catch (error) {
    const { text, details } = systemErrorOf(error);
    throw new SpawnError('ERR_COMMAND_NOT_FOUND', `cannot open ${file}: ${text}`, {
      ...details,
      path: file,
    });
  }
}

async function chmodOrExplain(self: string, file: string, mode: number): Promise<void> {
  try {
    await chmod(self, mode);
  } catch (error) {
    const { text, details } = systemErrorOf(error);
    throw new SpawnError(
      'ERR_COMMAND_NOT_EXECUTABLE',
      `cannot make ${file} executable: ${text}. Run: chmod a+rx ${file}`,
      { ...details, path: file },
    );
  }
}

function notExecutable(file: string, reason: string): SpawnError {
  return new SpawnError(
    'ERR_COMMAND_NOT_EXECUTABLE',
    `cannot start ${file}: nobody may execute it, and its mode is not changed because ${reason}. Run: chmod a+rx ${file}`,
    { path: file },
  );
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
