// Owner of nothing: the groups of keepers that this test process, or one that has ended, has started.

import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { findCgroupMount, parseCgroupMounts } from '../../src/cgroup/cgroup-mounts.ts';
import { hasErrorCode } from '../../src/system-code.ts';

function parents(): readonly string[] {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const v2 = findCgroupMount(mounts)?.mountPoint;
  const named = findCgroupMount(mounts, 'systemd')?.mountPoint;
  return [
    ...(v2 === undefined ? [] : [`${v2}/raw-exec.slice`]),
    ...(named === undefined ? [] : [`${named}/raw-exec`]),
  ];
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT'])) return [];
    throw error;
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!hasErrorCode(error, ['EBUSY', 'ENOTEMPTY', 'ENOENT', 'EACCES', 'EPERM'])) throw error;
  }
}

/** Removes those that are empty: a keeper that is killed leaves one, for whoever starts the next. */
export function removeKeeperGroups(): void {
  for (const parent of parents()) {
    for (const name of namesIn(parent)) {
      const pid = /^keeper-(\d+)\.\d+$/.exec(name)?.[1];
      if (pid === undefined) continue;
      const isOurs = Number(pid) === process.pid || !existsSync(`/proc/${pid}`);
      if (isOurs) removeEmpty(`${parent}/${name}`);
    }
    removeEmpty(parent);
  }
}
