// Owner of nothing; reads the file system: from a task's cgroup override to directories that are there.

import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type CgroupMount, findCgroupMount, parseCgroupMounts } from '../cgroup/cgroup-mounts.ts';
import { RawExecError, SpawnError } from '../errors.ts';
import type { CgroupPaths } from '../process/spawn-options.ts';
import { systemErrorOf } from './system-error.ts';
import type { RawExecTaskConfig } from './task-config.ts';

/** Magic numbers of statfs(2). */
const cgroupFileSystems = { 1: 0x27e0eb, 2: 0x63677270 } as const;

/**
 * The groups that a task's configuration names, or undefined when it names none.
 *
 * A relative path is taken from the mount of its hierarchy, an absolute one as it is. Rejects with `ERR_CGROUP` when one
 * is not there: an override joins groups, it makes none.
 */
export async function resolveCgroupOverride(
  config: RawExecTaskConfig,
): Promise<CgroupPaths | undefined> {
  const { cgroupV2Override, cgroupV1Override } = config;
  if (cgroupV2Override === undefined && cgroupV1Override === undefined) {
    return undefined;
  }
  const mounts = parseCgroupMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  if (cgroupV2Override !== undefined) {
    return { v2: await resolveGroup(mounts, cgroupV2Override, 2) };
  }
  const v1 = await Promise.all(
    Object.entries(cgroupV1Override ?? {}).map(
      async ([controller, path]) =>
        [controller, await resolveGroup(mounts, path, 1, controller)] as const,
    ),
  );
  return { v1: Object.fromEntries(v1) };
}

async function resolveGroup(
  mounts: readonly CgroupMount[],
  path: string,
  version: 1 | 2,
  controller?: string,
): Promise<string> {
  const directory = path.startsWith('/')
    ? path
    : join(mountPointOf(mounts, path, controller), path);
  await checkGroup(directory, version);
  return directory;
}

function mountPointOf(mounts: readonly CgroupMount[], path: string, controller?: string): string {
  const mount = findCgroupMount(mounts, controller);
  if (mount === undefined) {
    const hierarchy = controller === undefined ? 'cgroup2' : `the v1 controller ${controller}`;
    throw new SpawnError(
      'ERR_CGROUP',
      `cannot enter cgroup ${path}: this host has not mounted ${hierarchy}. Use the other override, or none`,
      { path },
    );
  }
  return mount.mountPoint;
}

async function checkGroup(directory: string, version: 1 | 2): Promise<void> {
  try {
    const { type } = await statfs(directory);
    if (type !== cgroupFileSystems[version]) {
      throw new SpawnError(
        'ERR_CGROUP',
        `cannot enter cgroup ${directory}: it is no cgroup v${version} group. Give the path of one, with its mount point`,
        { path: directory },
      );
    }
    await stat(join(directory, 'cgroup.procs'));
  } catch (error) {
    if (error instanceof RawExecError) {
      throw error;
    }
    const { text, details } = systemErrorOf(error);
    throw new SpawnError(
      'ERR_CGROUP',
      `cannot enter cgroup ${directory}: ${text}. An override joins a group that is there: make it first`,
      { ...details, path: directory },
    );
  }
}
