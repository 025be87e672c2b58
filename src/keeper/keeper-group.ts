// Owner of the group that a keeper is started in: one of its own beside those of the tasks. Whoever stops the unit or ends the session
// of the supervisor that has started it, by its cgroup, does not reach the keeper there.
//
// It goes with the last of keeper, holder and pumps (native/keeper/leave_group.h); what could not go, because they were killed or
// may not leave it, is removed when the next one is made.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { findCgroupMount, parseCgroupMounts } from '../cgroup/cgroup-mounts.ts';
import { nextGroupName } from '../cgroup/group-name.ts';
import { PlaceError, placeErrorOf } from '../cgroup/place-errors.ts';
import { findTaskPlace, releaseTaskPlace } from '../cgroup/task-place.ts';
import { whileRemoved } from '../cgroup/while-removed.ts';
import type { CgroupPaths } from '../process/spawn-options.ts';
import { hasErrorCode } from '../system-code.ts';

/** One directory in each hierarchy by which service managers tell what belongs to a unit. */
export interface KeeperGroup {
  /** For `spawn`. */
  readonly cgroup: CgroupPaths;
  /** To be called when the start is over: the group is in use then, or it is removed. */
  settle(): Promise<void>;
}

/** Names of groups that this module has made, and that are a keeper's or nobody's. */
const settled = new Set<string>();

const ownName = /^keeper-(?<pid>[1-9]\d*)\.\d+$/;
/** Below the top of the hierarchy that systemd makes for itself where controllers are in version 1. */
const namedParent = 'raw-exec';

/**
 * Makes the group; undefined where none can be made: a keeper that is missed is worse than one in the wrong place, and a start
 * of a task tells what is the matter with a place.
 */
export async function makeKeeperGroup(cgroupParent?: string): Promise<KeeperGroup | undefined> {
  try {
    return await whileRemoved(() => tryToMake(cgroupParent));
  } catch (error) {
    if (error instanceof PlaceError) return undefined;
    throw error;
  }
}

async function tryToMake(cgroupParent: string | undefined): Promise<KeeperGroup | undefined> {
  const place = await findTaskPlace(cgroupParent === undefined ? {} : { cgroupParent });
  if ('none' in place) return undefined;
  const name = `keeper-${nextGroupName()}`;
  const { v2 } = place.parent;
  let named: string | undefined;
  const settle = async (): Promise<void> => {
    for (const parent of [v2, named]) if (parent !== undefined) removeEmpty(`${parent}/${name}`);
    settled.add(name);
    // The parents stay while a group is in them.
    if (named !== undefined) removeEmpty(named);
    await releaseTaskPlace(place);
  };
  try {
    if (v2 !== undefined) makeBelow(v2, name);
    if (place.mode !== 'v2') named = makeNamed(name);
    const cgroup: CgroupPaths = {
      ...(v2 !== undefined && { v2: `${v2}/${name}` }),
      ...(named !== undefined && { v1: { systemd: `${named}/${name}` } }),
    };
    if (v2 !== undefined || named !== undefined) return { cgroup, settle };
  } catch (error) {
    await settle();
    throw error;
  }
  await settle();
  return undefined;
}

/** @returns the parent; undefined where there is no such hierarchy, or where it is closed to us */
function makeNamed(name: string): string | undefined {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const mount = findCgroupMount(mounts, 'systemd');
  if (mount === undefined) return undefined;
  const parent = `${mount.mountPoint}/${namedParent}`;
  try {
    makeUnlessThere(parent);
    makeBelow(parent, name);
    return parent;
  } catch (error) {
    if (error instanceof PlaceError && error.code !== 'ERR_CGROUP_REMOVED') return undefined;
    throw error;
  }
}

function makeUnlessThere(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (!hasErrorCode(error, ['EEXIST'])) throw placeErrorOf(directory, error);
  }
}

function makeBelow(parent: string, name: string): void {
  try {
    mkdirSync(`${parent}/${name}`);
    removeLeftovers(parent);
  } catch (error) {
    throw placeErrorOf(parent, error);
  }
}

/** Of keepers that were killed. One that is empty because its keeper is only about to be started has a maker that lives. */
function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = ownName.exec(name)?.groups?.['pid'];
    if (pid === undefined) continue;
    if (settled.has(name) || !existsSync(`/proc/${pid}`)) removeEmpty(`${parent}/${name}`);
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    // In use, gone already, or somebody else's.
    if (
      !hasErrorCode(error, ['EBUSY', 'ENOTEMPTY', 'ENOENT', 'ENODEV', 'EACCES', 'EPERM', 'EROFS'])
    )
      throw error;
  }
}
