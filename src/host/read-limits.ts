// Owner of nothing; reads the limits that this process and its tasks meet.

import { type CgroupFiles, hostFiles } from '../cgroup/cgroup-files.ts';
import type { HierarchyLayout, HostLayout } from '../cgroup/host-layout.ts';
import { directoryOf } from '../cgroup/self-cgroup.ts';
import type { LimitReport } from './host-report.ts';
import { limitOf, parseProcessLimits } from './process-limits.ts';

/** In the order of the table; what the host does not tell is left out. */
export function readLimits(
  layout: HostLayout,
  files: CgroupFiles = hostFiles,
): readonly LimitReport[] {
  return [...ownLimits(files), ...groupLimits(layout, files), ...systemLimits(files)];
}

function ownLimits(files: CgroupFiles): readonly LimitReport[] {
  const limits = parseProcessLimits(files.read('/proc/self/limits') ?? '');
  const rows = [
    ['open files', 'Max open files', 'RLIMIT_NOFILE'],
    ['processes of this user', 'Max processes', 'RLIMIT_NPROC'],
    ['locked memory', 'Max locked memory', 'RLIMIT_MEMLOCK'],
    ['core file size', 'Max core file size', 'RLIMIT_CORE'],
  ] as const;
  return rows.flatMap(([name, key, source]) => {
    const limit = limits.get(key);
    return limit === undefined ? [] : [{ name, limit: limit.soft, hard: limit.hard, source }];
  });
}

/** The lowest of those on the way up from our own group, each for all that is below it. */
function groupLimits(layout: HostLayout, files: CgroupFiles): readonly LimitReport[] {
  const rows = [
    ['processes of our cgroup', 'pids', 'pids.max', 'pids.max'],
    ['memory of our cgroup', 'memory', 'memory.max', 'memory.limit_in_bytes'],
  ] as const;
  return rows.flatMap(([name, controller, v2File, v1File]) => {
    const isV1 = layout.controllers[controller] === 'v1';
    const directories = ownChain(layout, isV1 ? controller : undefined);
    const found = lowest(directories, isV1 ? v1File : v2File, files);
    return found === undefined ? [] : [{ name, ...found }];
  });
}

function ownChain(layout: HostLayout, controller: string | undefined): readonly string[] {
  const hierarchy: HierarchyLayout | undefined =
    controller === undefined
      ? layout.v2
      : layout.v1.find(({ controllers }) => controllers.includes(controller));
  const path = controller === undefined ? layout.ownGroup.v2 : layout.ownGroup.v1[controller];
  const own = hierarchy && path !== undefined ? directoryOf(hierarchy, path) : undefined;
  if (hierarchy === undefined || own === undefined) {
    return [];
  }
  const names = own.slice(hierarchy.mount.length).split('/');
  return names.map((_, index) => `${hierarchy.mount}${names.slice(0, index + 1).join('/')}`);
}

/** What version 1 writes for no limit: the largest number of pages in bytes, on machines with pages of 4 to 64 KiB. */
const noV1Limit = 2 ** 62;

function lowest(
  directories: readonly string[],
  file: string,
  files: CgroupFiles,
): { readonly limit: number | null; readonly source: string } | undefined {
  let found: { readonly limit: number | null; readonly source: string } | undefined;
  for (const directory of directories) {
    const source = `${directory}/${file}`;
    const text = files.read(source);
    if (text !== undefined) {
      const number = limitOf(text);
      const limit = number !== null && number >= noV1Limit ? null : number;
      const isLower = limit !== null && (found?.limit ?? Number.POSITIVE_INFINITY) > limit;
      found = found === undefined || isLower ? { limit, source } : found;
    }
  }
  return found;
}

const systemRows = [
  ['processes of the system', '/proc/sys/kernel/threads-max'],
  ['largest process id', '/proc/sys/kernel/pid_max'],
  ['open files of the system', '/proc/sys/fs/file-max'],
  ['highest limit of open files', '/proc/sys/fs/nr_open'],
  ['inotify instances of this user', '/proc/sys/fs/inotify/max_user_instances'],
  ['inotify watches of this user', '/proc/sys/fs/inotify/max_user_watches'],
  ['pipe pages of an ordinary user', '/proc/sys/fs/pipe-user-pages-soft'],
] as const;

function systemLimits(files: CgroupFiles): readonly LimitReport[] {
  return systemRows.flatMap(([name, source]) => {
    const text = files.read(source);
    return text === undefined ? [] : [{ name, limit: limitOf(text), source }];
  });
}
