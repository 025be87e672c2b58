// Owner of looks at the groups that Nomad's client has made for a task, of which it tells one path alone.

import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { GivenGroup } from '../cgroup/given-group.ts';
import { type HostLayout, readHostLayout } from '../cgroup/host-layout.ts';

/** What Nomad's client makes beside the cpuset, where version 1 has them. */
const controllersOfTasks = ['freezer', 'cpu', 'memory'] as const;

/** Below its parent: the cpuset of all tasks without cores of their own, and the one above those that have some. */
const sharedName = 'share';
const reservedName = 'reserve';

export interface NomadTask {
  readonly allocId: string;
  readonly name: string;
  /** `linux_resources.cpuset_cgroup`. */
  readonly cpusetCgroup: string;
}

/**
 * Undefined when Nomad makes no groups for tasks here (its detection found none, or the path is not there), or when the path is not
 * that of this very task: what may hold others must not be killed.
 */
export function givenGroupOf(
  task: NomadTask,
  layout: () => HostLayout = readHostLayout,
): GivenGroup | undefined {
  const { cpusetCgroup: path } = task;
  if (!path.startsWith('/') || !existsSync(path)) return undefined;
  const name = `${task.allocId}.${task.name}`;
  if (existsSync(join(path, 'cgroup.controllers'))) {
    return basename(path) === `${name}.scope` ? { v2: path } : undefined;
  }
  const { v1 } = layout();
  const mountOf = (controller: string): string | undefined =>
    v1.find(({ controllers }) => controllers.includes(controller))?.mount;
  const cpusets = mountOf('cpuset');
  const parent = cpusets === undefined ? undefined : parentOf(relative(cpusets, path), name);
  if (parent === undefined) return undefined;
  const own = controllersOfTasks.flatMap((controller) => {
    const hierarchy = v1.find(({ controllers }) => controllers.includes(controller));
    const directory = join(hierarchy?.mount ?? '', parent);
    if (hierarchy === undefined || !existsSync(directory)) return [];
    // What is mounted together is one group: cpu has cpuacct with it, which counts what the task uses.
    return hierarchy.controllers.map((each) => [each, join(directory, name)] as const);
  });
  // Without the freezer nothing ends a task as a whole.
  if (own[0]?.[0] !== 'freezer') return undefined;
  return { v1: Object.fromEntries(own), shared: { cpuset: path } };
}

/** @param path - below the mount of cpuset */
function parentOf(path: string, name: string): string | undefined {
  if (path.startsWith('..')) return undefined;
  if (basename(path) === sharedName) return dirname(path);
  const isOwn = basename(path) === name && basename(dirname(path)) === reservedName;
  return isOwn ? dirname(dirname(path)) : undefined;
}
