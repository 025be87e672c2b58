// Owner of two files of a version 1 cpuset group.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A new cpuset group of version 1 has neither CPUs nor memory nodes, and takes no process before it has both (cpuset(7)): they
 * are copied from the group above. What is set already stays.
 */
export async function copyCpuset(directory: string): Promise<void> {
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = join(directory, name);
    if ((await readFile(file, 'utf8')).trim() === '') {
      await writeFile(file, await readFile(join(dirname(directory), name), 'utf8'));
    }
  }
}
