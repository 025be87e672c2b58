// Owner of the groups that the cgroup cases start programs in: made for the run, removed at its end.

import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';

export interface Cgroups {
  /** Directory of the group, or why there is none. */
  readonly v2: string | { readonly absent: string };
  readonly v1: string | { readonly absent: string };
}

interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

function mounts(): readonly Mount[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, path = '', type = '', options = '']) => ({ path, type, options: options.split(',') }));
}

function makeGroup(mount: Mount | undefined, kind: string): string | { readonly absent: string } {
  if (mount === undefined) return { absent: `no ${kind} is mounted` };
  const group = `${mount.path}/raw-exec-bench-${process.pid}`;
  try {
    mkdirSync(group);
  } catch (error) {
    // Not root, or not delegated: the case is skipped and says so.
    return { absent: error instanceof Error ? error.message : String(error) };
  }
  process.once('exit', () => removeGroup(group));
  return group;
}

// What was started in it has ended, but the kernel may need a moment to notice.
function removeGroup(group: string): void {
  for (let tries = 0; tries < 1000; tries += 1) {
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') break;
    }
  }
  console.error(`could not remove ${group}`);
}

export function makeCgroups(): Cgroups {
  const all = mounts();
  return {
    v2: makeGroup(
      all.find(({ type }) => type === 'cgroup2'),
      'cgroup v2',
    ),
    v1: makeGroup(
      all.find(({ type, options }) => type === 'cgroup' && options.includes('pids')),
      'cgroup v1 with the pids controller',
    ),
  };
}
