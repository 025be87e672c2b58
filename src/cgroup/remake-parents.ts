// Owner of nothing that lasts: makes the parents of a place again after somebody has removed them because they were empty.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { cannotMake } from './group-errors.ts';
import type { GroupPlace, Hierarchies } from './hierarchies.ts';

/**
 * As they were when the place was found; a parent that is there is left as it is.
 * @throws CgroupError with `ERR_CGROUP`
 */
export function remakeParents(place: GroupPlace, hierarchies: Hierarchies): void {
  try {
    makeParents(place, hierarchies);
  } catch (error) {
    const { errno, path } = fieldsOf(error);
    if (errno === undefined) throw error;
    throw cannotMake(path, Math.abs(errno));
  }
}

/** What node:fs tells of a failed system call. */
function fieldsOf(error: unknown): { readonly errno: number | undefined; readonly path: string } {
  const details: object = error instanceof Error ? error : {};
  const errno = 'errno' in details && typeof details.errno === 'number' ? details.errno : undefined;
  const path = 'path' in details && typeof details.path === 'string' ? details.path : undefined;
  return { errno, path: path ?? 'above the groups of tasks' };
}

function makeParents(place: GroupPlace, hierarchies: Hierarchies): void {
  if (hierarchies.v2 !== undefined && makeDirectory(hierarchies.v2)) {
    for (const controller of place.controllers.filter((name) => hierarchies.hasV2(name))) {
      writeFileSync(`${hierarchies.v2}/cgroup.subtree_control`, `+${controller}`);
    }
  }
  for (const { directory, controllers } of hierarchies.v1) {
    if (!makeDirectory(directory) || !controllers.includes('cpuset')) continue;
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeFileSync(`${directory}/${file}`, readFileSync(`${dirname(directory)}/${file}`, 'utf8'));
    }
  }
}

/** @returns whether it was not there */
function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
