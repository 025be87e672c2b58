// Owner of one group per call in all hierarchies that statistics are read from; it goes with the test.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { findCgroupMount, parseCgroupMounts } from '../../src/cgroup/cgroup-mounts.ts';
import type { StatsPaths } from '../../src/cgroup/group-stats.ts';
import type { CgroupPaths } from '../../src/process/spawn-options.ts';
import { makeGroup } from './cgroup-group.ts';
import { eventually } from './eventually.ts';

const v1Controllers = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio'];

export interface TaskGroup {
  readonly paths: StatsPaths;
  /** For `spawn`. */
  readonly option: CgroupPaths;
}

/** A group wherever this host has one; the test is skipped where it has none, or none with the memory controller. */
export function makeTaskGroup(
  t: TestContext,
  { needsMemory = false }: { readonly needsMemory?: boolean } = {},
): TaskGroup | undefined {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const v2 =
    findCgroupMount(mounts) === undefined
      ? undefined
      : (makeDelegatedGroup(t) ?? makeGroup(t)?.path);
  const v1: { controller: string; directory: string }[] = [];
  for (const controller of v1Controllers) {
    if (findCgroupMount(mounts, controller) === undefined) continue;
    const directory = makeGroup(t, controller)?.path;
    if (directory === undefined) return undefined;
    v1.push({ controller, directory });
  }
  if (v2 === undefined && v1.length === 0) {
    t.skip('this process can make no cgroups here');
    return undefined;
  }
  const paths: StatsPaths = { ...(v2 === undefined ? {} : { v2 }), v1 };
  if (needsMemory && memoryDirectory(paths) === undefined) {
    t.skip('groups that this process makes have no memory controller here');
    return undefined;
  }
  const byController = Object.fromEntries(
    v1.map(({ controller, directory }) => [controller, directory]),
  );
  return {
    paths,
    option: {
      ...(v2 === undefined ? {} : { v2 }),
      ...(v1.length === 0 ? {} : { v1: byController }),
    },
  };
}

let serial = 0;

/**
 * For a user in a group of its own below a subtree that was delegated to it: a group beside its own, with the controllers.
 * The test has to end what it runs there itself.
 */
function makeDelegatedGroup(t: TestContext): string | undefined {
  if (process.getuid?.() === 0) return undefined;
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const parent = dirname(join('/sys/fs/cgroup', own));
  try {
    writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory +pids +cpu +io');
  } catch (error) {
    // EACCES, ENOENT, EROFS: nothing was delegated to us there.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
  const path = join(parent, `raw-exec-test-${process.pid}-d${++serial}`);
  mkdirSync(path);
  t.after(async () => {
    await eventually(`${path} is removed`, () => removeEmpty(path));
  });
  return path;
}

function removeEmpty(path: string): true | undefined {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return undefined;
    throw error;
  }
}

/** Where the group's memory is accounted. */
function memoryDirectory({ v2, v1 }: StatsPaths): string | undefined {
  const old = v1.find(({ controller }) => controller === 'memory')?.directory;
  if (old !== undefined) return old;
  return v2 !== undefined && existsSync(join(v2, 'memory.max')) ? v2 : undefined;
}

/** Sets a hard limit, swap included. */
export function limitMemory({ paths }: TaskGroup, bytes: number): void {
  const directory = memoryDirectory(paths);
  if (directory === undefined) throw new Error('the group has no memory controller');
  const write = (file: string, value: number): void => {
    if (existsSync(join(directory, file))) writeFileSync(join(directory, file), `${value}`);
  };
  write('memory.max', bytes);
  write('memory.swap.max', 0);
  write('memory.limit_in_bytes', bytes);
  write('memory.memsw.limit_in_bytes', bytes);
}
