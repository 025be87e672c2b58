// Owner of nothing that lasts: makes the parents of a place again after somebody has removed them because they were empty.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { cannotMake } from './group-errors.ts';
import type { GroupPlace, Hierarchies } from './hierarchies.ts';

/**
 * As they were when the place was found; of a parent that is there, only what is not set yet is set, and only when it is ours.
 * @throws CgroupError with `ERR_CGROUP`
 */
export function remakeParents(place: GroupPlace, hierarchies: Hierarchies): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      makeParents(place, hierarchies);
      return;
    } catch (error) {
      const { errno, path } = fieldsOf(error);
      if (errno === undefined) throw error;
      if (!gone.has(Math.abs(errno)) || attempt === attempts) {
        throw cannotMake(path, Math.abs(errno));
      }
    }
  }
}

/** Another supervisor that ends may remove one again before the next is made in it. */
const gone: ReadonlySet<number> = new Set([constants.errno.ENOENT, constants.errno.ENODEV]);
const attempts = 100;

/** What node:fs tells of a failed system call. */
function fieldsOf(error: unknown): { readonly errno: number | undefined; readonly path: string } {
  const details: object = error instanceof Error ? error : {};
  const errno = 'errno' in details && typeof details.errno === 'number' ? details.errno : undefined;
  const path = 'path' in details && typeof details.path === 'string' ? details.path : undefined;
  return { errno, path: path ?? 'above the groups of tasks' };
}

function makeParents(place: GroupPlace, hierarchies: Hierarchies): void {
  for (const directory of chainTo(hierarchies.v2, place)) {
    if (!makeDirectory(directory)) continue;
    for (const controller of place.controllers.filter((name) => hierarchies.hasV2(name))) {
      writeFileSync(`${directory}/cgroup.subtree_control`, `+${controller}`);
    }
  }
  for (const { directory: parent, controllers } of hierarchies.v1) {
    for (const directory of chainTo(parent, place)) {
      // One of ours that is there may be half made: by another supervisor, at this moment.
      if (makeDirectory(directory) || isOurs(directory, place)) prepareV1(directory, controllers);
    }
  }
}

/** A parent of several parts with those above it that were made with it: all of them may be gone. */
function chainTo(parent: string | undefined, { groups = [] }: GroupPlace): readonly string[] {
  if (parent === undefined) return [];
  const above = groups.map(({ directory }) => directory);
  return [...above.filter((directory) => parent.startsWith(`${directory}/`)), parent];
}

function isOurs(directory: string, { groups = [] }: GroupPlace): boolean {
  return groups.some((group) => group.directory === directory && group.isOurs === true);
}

/** As makeChain() does: what is set already stays. */
function prepareV1(directory: string, controllers: readonly string[]): void {
  if (controllers.includes('cpuset')) {
    for (const name of ['cpuset.cpus', 'cpuset.mems']) {
      const file = `${directory}/${name}`;
      if (readFileSync(file, 'utf8').trim() !== '') continue;
      writeFileSync(file, readFileSync(`${dirname(directory)}/${name}`, 'utf8'));
    }
  }
  const hierarchy = `${directory}/memory.use_hierarchy`;
  if (!controllers.includes('memory') || !existsSync(hierarchy)) return;
  if (readFileSync(hierarchy, 'utf8').trim() === '0') writeFileSync(hierarchy, '1');
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
