// Owner of nothing; makes directories.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from './system-code.ts';

/**
 * Makes a directory with all above it; what is there already stays as it is. Not by `recursive` of node:fs, which tries for ever where
 * nobody can make anything, /proc for one (Node 20).
 *
 * @param mode of those that are made, before the umask @default 0o777
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
    return;
  } catch (error) {
    if (hasErrorCode(error, ['EEXIST']) && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (!hasErrorCode(error, ['ENOENT']) || parent === path) throw error;
    await makeDirectory(parent, mode);
  }
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Somebody else was faster.
    if (!hasErrorCode(error, ['EEXIST']) || !(await stat(path)).isDirectory()) throw error;
  }
}
