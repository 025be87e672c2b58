// Owner of nothing; reads groups: whether task groups could be made in one.

import { lstatSync, statfsSync } from 'node:fs';
import { hostFiles } from './cgroup-files.ts';
import { PlaceError, placeErrorOf } from './place-errors.ts';

/** Magic numbers of statfs(2). */
const fileSystemOf = { v2: 0x63677270, v1: 0x27e0eb } as const;

/** Throws PlaceError unless `directory` is a group that could hold others with processes in them. */
export function checkParent(directory: string, version: 'v2' | 'v1'): void {
  checkDirectory(directory, version);
  if (version === 'v2') {
    checkType(directory);
    if (isFrozen(directory)) {
      throw frozen(directory);
    }
  } else if (/^FR/.test(hostFiles.read(`${directory}/freezer.state`) ?? '')) {
    throw frozen(directory);
  }
}

function checkDirectory(directory: string, version: 'v2' | 'v1'): void {
  try {
    if (lstatSync(directory).isSymbolicLink()) {
      throw new PlaceError(
        'ERR_CGROUP_SYMLINK',
        directory,
        'it is a symbolic link. Name the group itself',
      );
    }
    if (statfsSync(directory).type !== fileSystemOf[version]) {
      const why = `it is no group of cgroup ${version}. Name one, with its mount point`;
      throw new PlaceError('ERR_CGROUP_NOT_A_GROUP', directory, why);
    }
    if (!lstatSync(directory).isDirectory()) {
      const why = 'it is a file of a group, not a group';
      throw new PlaceError('ERR_CGROUP_NOT_A_GROUP', directory, why);
    }
  } catch (error) {
    throw placeErrorOf(directory, error);
  }
}

/** The top group has no cgroup.type. A group below a `domain threaded` one is `domain invalid`. */
function checkType(directory: string): void {
  const type = hostFiles.read(`${directory}/cgroup.type`)?.trim() ?? 'domain';
  if (type !== 'domain') {
    const why =
      `its cgroup.type is "${type}", so that whole processes cannot be put into groups below it (cgroups(7)). ` +
      'Name a group of type "domain"';
    throw new PlaceError('ERR_CGROUP_THREADED', directory, why);
  }
}

/** cgroup.events also says it of groups above; for an empty group only cgroup.freeze does. */
function isFrozen(directory: string): boolean {
  const isEffective = /^frozen 1$/m.test(hostFiles.read(`${directory}/cgroup.events`) ?? '');
  return isEffective || hostFiles.read(`${directory}/cgroup.freeze`)?.trim() === '1';
}

function frozen(directory: string): PlaceError {
  const why = 'it is frozen, and a process below it would not begin. Thaw it first';
  return new PlaceError('ERR_CGROUP_FROZEN', directory, why);
}
