// Pure: reads the `cgroup` option.

import { invalidOption, unknownOption } from './invalid-option.ts';
import { objectOption, pathOption } from './option-values.ts';
import { OwnGroup } from './own-group.ts';
import { extrasOf, type SpawnPlan } from './spawn-plan.ts';

const allowed = 'the directory of a cgroup, or { v2: directory, v1: { controller: directory } }';

/** Existing groups only: whether they exist is for the kernel to say at the start itself. */
export function readCgroup(plan: SpawnPlan, value: unknown): void {
  if (value instanceof OwnGroup) {
    readOwnGroup(plan, value);
    return;
  }
  const extras = extrasOf(plan);
  if (typeof value === 'string') {
    extras.cgroupV2 = absolutePath('cgroup', value);
    return;
  }
  const entries = objectOption('cgroup', value, allowed);
  for (const [key, entry] of entries) {
    if (key === 'v2') extras.cgroupV2 = absolutePath('cgroup.v2', entry);
    else if (key === 'v1') extras.cgroupV1 = readV1(entry);
    else throw unknownOption(key, ['v2', 'v1'], 'cgroup.');
  }
  if (extras.cgroupV2 === undefined && extras.cgroupV1 === undefined) {
    throw invalidOption('cgroup', value, allowed);
  }
}

/** On the path of a start: a group that is held open needs nothing else. */
function readOwnGroup(plan: SpawnPlan, group: OwnGroup): void {
  const { v2, v1Directories } = group;
  if (group.isHeld) {
    plan.ownGroup = group;
  } else if (v2 !== undefined) {
    extrasOf(plan).cgroupV2 = v2;
  }
  if (v1Directories.length > 0) extrasOf(plan).cgroupV1 = v1Directories;
}

function readV1(value: unknown): string[] {
  const allowedV1 = 'an object of directories by controller';
  const paths = objectOption('cgroup.v1', value, allowedV1).map(([controller, path]) =>
    absolutePath(`cgroup.v1.${controller}`, path),
  );
  if (paths.length === 0) throw invalidOption('cgroup.v1', value, allowedV1);
  return paths;
}

function absolutePath(option: string, value: unknown): string {
  const path = pathOption(option, value);
  if (!path.startsWith('/')) throw invalidOption(option, value, 'an absolute path');
  return path;
}
