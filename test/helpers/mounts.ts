// Owner of nothing: what is mounted below a directory, and away with it.

import { readFileSync } from 'node:fs';
import { native } from '../../src/native.ts';

export interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The newest last, see proc_pid_mounts(5). */
export function mountsBelow(directory: string): readonly Mount[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, path = '', type = '', options = '']) => ({ path, type, options: options.split(',') }))
    .filter(({ path }) => path.startsWith(`${directory}/`));
}

export async function unmountBelow(directory: string): Promise<void> {
  for (const { path } of mountsBelow(directory).toReversed()) {
    const errno = await native.unmountAll(path);
    if (errno !== 0) throw new Error(`cannot unmount ${path}: errno ${errno}`);
  }
}
