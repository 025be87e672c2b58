// Owner of the groups of one test: every way in which a task can be held together on this machine.

import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Containment } from '../../src/containment/containment.ts';
import { containByGroups } from '../../src/containment/group-containment.ts';
import { spawnReaped } from '../../src/containment/spawn-reaped.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { CgroupPaths, SpawnOptions } from '../../src/process/spawn-options.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { makeGroup } from './cgroup-group.ts';

/** So many processes a bomb may have: what keeps the machine alive. */
const mostProcesses = 200;

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
      const safety = safetyGroup(t, own.find(({ controller }) => controller === 'pids')?.directory);
      const cgroup: CgroupPaths = {
        ...(v2Group && { v2: v2Group.path }),
        v1: Object.fromEntries([
          ['pids', safety],
          ...own.map(({ controller, directory }) => [controller, directory]),
        ]),
      };
      const containment = containByGroups(
        { ...(v2Group && { v2: v2Group.path }), v1: own },
        { killFile },
      );
      if (containment === undefined) return undefined;
      const child = spawn(command, args, { ...options, processGroup: 'new', cgroup });
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
    const cgroup = { v1: { pids: safetyGroup(t, undefined) } };
    cleanUp.contained = spawnReaped(command, args, { ...options, cgroup });
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

/** A group that only limits. */
export function safetyGroup(t: TestContext, own: string | undefined): string {
  const group = own ?? makeGroup(t, 'pids')?.path;
  if (group === undefined) throw new Error('no pids controller to keep a fork bomb in bounds');
  writeFileSync(join(group, 'pids.max'), String(mostProcesses));
  return group;
}

/** A group below one of a task; it goes with the test. */
export function groupBelow(parent: string): string {
  const path = join(parent, 'below');
  mkdirSync(path);
  return path;
}
