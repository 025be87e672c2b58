// Reads the file system: whether an OOM kill would take a whole group.

import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whether memory.oom.group is set in a version 2 group or above it. */
export function isAnyOomGroup(group: string): boolean {
  // The root group has no such file, and above the mount there is no group.
  for (let at = group; existsSync(`${at}/cgroup.controllers`); at = dirname(at)) {
    const file = `${at}/memory.oom.group`;
    if (existsSync(file) && readFileSync(file, 'utf8').startsWith('1')) return true;
  }
  return false;
}
