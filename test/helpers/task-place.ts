// Owner of one place for groups of tasks per call, which goes with the test and all that is left in it.

import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { GroupPlace } from '../../src/cgroup/hierarchies.ts';
import { TaskCgroups, type TaskCgroupsOptions } from '../../src/cgroup/task-cgroups.ts';
import { mountOf } from './cgroup-group.ts';
import { cleanUp } from './clean-up.ts';
import { eventually } from './eventually.ts';

let serial = 0;

export interface PlaceWish {
  /** Whether groups of version 2 are made. @default true */
  readonly v2?: boolean;
  /** Controllers that groups of version 2 get. @default none */
  readonly v2Controllers?: readonly string[];
  readonly v1?: readonly string[];
}

export interface TestPlace extends GroupPlace {
  readonly parent: {
    readonly v2?: string;
    readonly v1: readonly { readonly controller: string; readonly directory: string }[];
  };
}

/** Makes the parents; skips the test with the reason where that cannot be. */
export function makePlace(t: TestContext, wish: PlaceWish = {}): TestPlace | undefined {
  const { v2 = true, v2Controllers = [], v1 = [] } = wish;
  const name = `raw-exec-test-place-${process.pid}-${++serial}`;
  try {
    const parentV2 = v2 ? makeParent(t, name) : undefined;
    const offered =
      v2Controllers.length === 0 ? '' : read(join(parentV2 ?? '', 'cgroup.controllers'));
    for (const controller of v2Controllers) {
      if (!offered.split(/\s/).includes(controller)) {
        throw new Error(`the top of version 2 does not hand ${controller} down`);
      }
      writeFileSync(join(parentV2 ?? '', 'cgroup.subtree_control'), `+${controller}`);
    }
    return {
      parent: {
        ...(parentV2 !== undefined && { v2: parentV2 }),
        v1: v1.map((controller) => ({ controller, directory: makeParent(t, name, controller) })),
      },
      controllers: [...v2Controllers, ...v1],
    };
  } catch (error) {
    t.skip(`this process cannot make groups of ${JSON.stringify(wish)}: ${String(error)}`);
    return undefined;
  }
}

/** For a user in a group of its own below a subtree that was delegated to it: that subtree, with all controllers handed down. */
function delegatedTo(mount: string): string | undefined {
  if (process.getuid?.() === 0) return undefined;
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';
  const base = dirname(join(mount, own));
  try {
    for (const controller of read(join(base, 'cgroup.controllers')).split(/\s/).filter(Boolean)) {
      writeFileSync(join(base, 'cgroup.subtree_control'), `+${controller}`);
    }
    return base;
  } catch (error) {
    // EACCES, ENOENT, EROFS: nothing was delegated to us there. EBUSY: its top holds processes.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function makeParent(t: TestContext, name: string, controller?: string): string {
  const mount = mountOf(controller);
  if (mount === undefined) throw new Error(`${controller ?? 'cgroup2'} is not mounted`);
  const base = controller === undefined ? (delegatedTo(mount) ?? mount) : mount;
  const path = join(base, name);
  mkdirSync(path);
  cleanUp(t, () => eventually(`${path} is removed`, () => removeTree(path)));
  if (controller === 'cpuset') {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeFileSync(join(path, file), readFileSync(join(dirname(path), file), 'utf8'));
    }
  }
  return path;
}

/** Groups of task cgroups below a new place, closed with the test. */
export function makeTaskCgroups(
  t: TestContext,
  wish: PlaceWish = {},
  options: TaskCgroupsOptions = {},
): { readonly place: TestPlace; readonly groups: TaskCgroups } | undefined {
  const place = makePlace(t, wish);
  if (place === undefined) return undefined;
  const groups = new TaskCgroups(place, options);
  cleanUp(t, () => groups.close());
  return { place, groups };
}

/** Names of the groups in a directory. */
export function groupsIn(directory: string | undefined): string[] {
  if (directory === undefined) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** Undefined while processes are in it. */
export function removeTree(path: string): true | undefined {
  try {
    for (const name of groupsIn(path)) removeTree(join(path, name));
    rmdirSync(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return undefined;
    throw error;
  }
}
