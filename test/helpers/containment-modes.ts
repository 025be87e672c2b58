// Owner of the groups of one test: every way in which a task can be held together on this machine.

import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Containment } from '../../src/containment/containment.ts';
import { containByGroups } from '../../src/containment/group-containment.ts';
import { spawnReaped } from '../../src/containment/spawn-reaped.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { CgroupPaths, SpawnOptions } from '../../src/process/spawn-options.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { makeGroup, mountOf } from './cgroup-group.ts';
import { slowness } from './slowness.ts';

/** So many processes a bomb may have: what keeps the machine alive. Emulated, each of them costs as much as thirty. */
export const mostProcesses: number = Math.max(32, Math.ceil(200 / slowness));
const nobody = 65_534;

/** One task that is held together. */
export interface Contained {
  readonly child: SpawnedProcess;
  readonly containment: Containment;
  /** The task's own v2 group, and its own v1 freezer. */
  readonly v2?: string;
  readonly freezer?: string;
}

export interface ContainmentMode {
  readonly name: string;
  readonly hasV2: boolean;
  readonly hasFreezer: boolean;
  /** Starts a task that is held together so; undefined when the test was skipped. */
  readonly start: (
    t: TestContext,
    command: string,
    args: readonly string[],
    options: SpawnOptions,
  ) => Promise<Contained | undefined>;
}

interface GroupMode {
  readonly v2: boolean;
  readonly v1: readonly string[];
  readonly killFile?: boolean;
}

function groupMode(name: string, { v2, v1, killFile = true }: GroupMode): ContainmentMode {
  return {
    name,
    hasV2: v2,
    hasFreezer: v1.includes('freezer'),
    start: async (t, command, args, options) => {
      const cleanUp = cleanUpFirst(t);
      const v2Group = v2 ? makeGroup(t) : undefined;
      const v1Groups = v1.map((controller) => ({ controller, group: makeGroup(t, controller) }));
      if (v2 && v2Group === undefined) return undefined;
      const own = v1Groups.flatMap(({ controller, group }) =>
        group === undefined ? [] : [{ controller, directory: group.path }],
      );
      if (own.length < v1.length) return undefined;
      const bound = boundProcesses(t, {
        v2: v2Group?.path,
        pids: own.find(({ controller }) => controller === 'pids')?.directory,
      });
      const ownV1 = own.map(({ controller, directory }) => [controller, directory] as const);
      const v1Paths = { ...bound.cgroup?.v1, ...Object.fromEntries(ownV1) };
      const cgroup: CgroupPaths = {
        ...(v2Group && { v2: v2Group.path }),
        ...(Object.keys(v1Paths).length > 0 && { v1: v1Paths }),
      };
      const containment = containByGroups(
        { ...(v2Group && { v2: v2Group.path }), v1: own },
        { killFile },
      );
      if (containment === undefined) return undefined;
      const child = spawn(command, args, {
        ...options,
        ...bound,
        processGroup: 'new',
        cgroup,
      });
      const freezer = own.find(({ controller }) => controller === 'freezer')?.directory;
      cleanUp.contained = {
        child,
        containment,
        ...(v2Group && { v2: v2Group.path }),
        ...(freezer !== undefined && { freezer }),
      };
      return cleanUp.contained;
    },
  };
}

const treeMode: ContainmentMode = {
  name: 'the tree of a reaper',
  hasV2: false,
  hasFreezer: false,
  start: async (t, command, args, options) => {
    const cleanUp = cleanUpFirst(t);
    cleanUp.contained = spawnReaped(command, args, { ...options, ...boundProcesses(t) });
    return cleanUp.contained;
  },
};

export const containmentModes: readonly ContainmentMode[] = [
  groupMode('a v2 group', { v2: true, v1: [] }),
  groupMode('a v2 group without cgroup.kill', { v2: true, v1: [], killFile: false }),
  groupMode('v1 groups with a freezer', { v2: false, v1: ['freezer', 'pids'] }),
  groupMode('v1 groups without a freezer', { v2: false, v1: ['cpu', 'pids'] }),
  groupMode('a v2 group and a v1 freezer', { v2: true, v1: ['freezer'] }),
  treeMode,
];

/**
 * What a test that has failed leaves must not be there when its groups are removed: hooks run in the order of their
 * registration, so this one is registered before there is a group.
 */
function cleanUpFirst(t: TestContext): { contained?: Contained } {
  const toDo: { contained?: Contained } = {};
  t.after(async () => {
    if (toDo.contained === undefined) return;
    const { child, containment, v2, freezer } = toDo.contained;
    await containment.killAll(5000);
    child.kill('SIGKILL');
    await child.exited;
    containment.close();
    for (const path of [v2, freezer]) if (path !== undefined) removeGroupsBelow(path);
  });
  return toDo;
}

function removeGroupsBelow(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) rmdirSync(join(path, entry.name));
  }
}

/**
 * What keeps the processes of a task in bounds: a group of its own that has the file, a group that does nothing else, or,
 * where no pids controller is mounted, a user whose processes the kernel counts. Root's are not.
 */
export function boundProcesses(
  t: TestContext,
  own: { readonly v2?: string | undefined; readonly pids?: string | undefined } = {},
): ProcessBound {
  const isBound = [own.v2, own.pids].some((group) => group !== undefined && limitPids(group));
  if (isBound) return {};
  const v1 = mountOf('pids') === undefined ? undefined : makeGroup(t, 'pids');
  if (v1 !== undefined && limitPids(v1.path)) return { cgroup: { v1: { pids: v1.path } } };
  const v2 = own.v2 !== undefined || mountOf() === undefined ? undefined : makeGroup(t);
  if (v2 !== undefined && limitPids(v2.path)) return { cgroup: { v2: v2.path } };
  const limit = { soft: mostProcesses, hard: mostProcesses };
  return { user: nobody, group: nobody, groups: [], resourceLimits: { nproc: limit } };
}

interface ProcessBound extends Pick<SpawnOptions, 'user' | 'group' | 'groups' | 'resourceLimits'> {
  readonly cgroup?: CgroupPaths;
}

/** Whether the group has the controller. */
function limitPids(group: string): boolean {
  const file = join(group, 'pids.max');
  if (!existsSync(file)) return false;
  writeFileSync(file, String(mostProcesses));
  return true;
}

/** A group below one of a task; it goes with the test. */
export function groupBelow(parent: string): string {
  const path = join(parent, 'below');
  mkdirSync(path);
  return path;
}
