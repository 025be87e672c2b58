// Pure: reads the `cgroup` option.

import { invalidOption, unknownOption } from './invalid-option.ts';
import { objectOption, pathOption } from './option-values.ts';
import { OwnGroup } from './own-group.ts';
import type { MutableExtras } from './spawn-plan.ts';

const allowed = 'the directory of a cgroup, or { v2: directory, v1: { controller: directory } }';

/** Existing groups only: whether they exist is for the kernel to say at the start itself. */
export function readCgroup(extras: MutableExtras, value: unknown): void {
  if (typeof value === 'string') {
    extras.cgroupV2 = absolutePath('cgroup', value);
    return;
  }
  if (value instanceof OwnGroup) {
    if (value.v2 !== undefined) extras.cgroupV2 = value.v2;
    if (value.fd >= 0) extras.cgroupV2Fd = value.fd;
    if (value.v1Directories.length > 0) extras.cgroupV1 = value.v1Directories;
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
