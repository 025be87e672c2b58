// Owner of the groups of one command beside a task, until the keeper has them: `x-PID.SERIAL` directly below the task's own. No name
// is ever used again: who removes, or kills, what was somebody's must not meet the next one's, nor that of another supervisor.

import { mkdirSync, rmdirSync } from 'node:fs';
import { noDescriptors, OwnGroup } from '../process/own-group.ts';
import type { CgroupPaths } from '../process/spawn-options.ts';
import { failureOf } from './failed-call.ts';
import { cannotMake } from './group-errors.ts';
import { nextGroupName } from './group-name.ts';
import type { TaskCgroup, TaskCgroupPaths } from './task-cgroup.ts';

/** Of these a new version 1 group takes nobody before it is set up, or does not count for the one above. */
const unfitControllers: readonly string[] = ['cpuset', 'memory'];

export interface SessionPlace {
  /** For the start: its own groups, and those of the task's where it has none. */
  readonly cgroup: CgroupPaths;
  /** Its own ones. Neither: where the task is in unfit version 1 groups alone. */
  readonly v2?: string;
  readonly v1: TaskCgroupPaths['v1'];
}

/**
 * Makes them, without controllers. One is enough to hold a command together: where the task has a version 2 group there is none
 * of version 1.
 *
 * @throws CgroupError `ERR_CGROUP_FULL`, `ERR_CGROUP`
 */
export function makeSessionPlace({ paths, group, isGiven }: TaskCgroup): SessionPlace {
  const { v1Directories } = group.paths;
  if (paths.v2 !== undefined) {
    const path = makeBelow(paths.v2);
    const cgroup = new OwnGroup(path, paths.v1, v1Directories, noDescriptors);
    return { cgroup, v2: path, v1: [] };
  }
  const above = fittestOf(paths.v1, isGiven);
  if (above === undefined) {
    const cgroup = new OwnGroup(undefined, paths.v1, v1Directories, noDescriptors);
    return { cgroup, v1: [] };
  }
  const path = makeBelow(above.directory);
  const directories = v1Directories.map((one) => (one === above.directory ? path : one));
  const own = { controller: above.controller, directory: path };
  const cgroup = new OwnGroup(undefined, paths.v1, directories, noDescriptors);
  return { cgroup, v1: [own] };
}

/** For a place that the keeper has not taken over. What is in it goes with the task. */
export function removeSessionPlace({ v2, v1 }: SessionPlace): void {
  const own = v1.map(({ directory }) => directory);
  for (const path of v2 === undefined ? own : [v2, ...own]) {
    try {
      rmdirSync(path);
    } catch (error) {
      // Gone with the task's group, or by the keeper's hand; busy with a program that cannot be killed.
      if (!['ENOENT', 'EBUSY', 'ENODEV'].includes(failureOf(error).code)) throw error;
    }
  }
}

/** @param isGiven - a scheduler that ends tasks by their freezer group does not look below it */
function fittestOf(
  v1: TaskCgroupPaths['v1'],
  isGiven: boolean,
): TaskCgroupPaths['v1'][number] | undefined {
  const unfit = new Set(
    v1
      .filter(
        ({ controller }) =>
          unfitControllers.includes(controller) || (isGiven && controller === 'freezer'),
      )
      .map(({ directory }) => directory),
  );
  const fit = v1.filter(({ directory }) => !unfit.has(directory));
  return fit.find(({ controller }) => controller === 'freezer') ?? fit[0];
}

function makeBelow(parent: string): string {
  for (;;) {
    const path = `${parent}/x-${nextGroupName()}`;
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      const { code, errno } = failureOf(error);
      // A process of our number, before us or in another pid namespace, has made it.
      if (code !== 'EEXIST') throw cannotMake(path, errno);
    }
  }
}
