// Pure but for the files that it is given: the host's layout from what the kernel says.

import type { CgroupFiles } from './cgroup-files.ts';
import { type CgroupMount, findCgroupMount, parseCgroupMounts } from './cgroup-mounts.ts';
import { deepFreeze } from './deep-freeze.ts';
import { findDelegated } from './delegation.ts';
import type {
  CgroupMode,
  HierarchyLayout,
  HostLayout,
  OwnGroup,
  UnifiedLayout,
} from './host-layout.ts';
import { directoryOf, parseSelfCgroup } from './self-cgroup.ts';

/** Whose layout it is. */
export interface LayoutOptions {
  readonly files: CgroupFiles;
  readonly euid: number;
}

export function layoutOf({ files, euid }: LayoutOptions): HostLayout {
  const all = parseCgroupMounts(files.read('/proc/self/mountinfo') ?? '');
  const mounts = all.filter((mount) => files.device(mount.mountPoint) === mount.device);
  const v2 = unifiedOf(mounts, files);
  const v1 = hierarchiesOf(mounts);
  const mode = modeOf(v2, v1);
  const ownGroup = parseSelfCgroup(files.read('/proc/self/cgroup') ?? '');
  const layout: HostLayout = {
    mode,
    ...(v2 !== undefined && { v2 }),
    v1,
    controllers: controllersOf(v2, v1),
    ownGroup,
    delegated: delegatedOf(v2, ownGroup, { files, euid }),
    remarks: remarksOn(mode, v2, all.length - mounts.length),
  };
  return deepFreeze(layout);
}

function unifiedOf(mounts: readonly CgroupMount[], files: CgroupFiles): UnifiedLayout | undefined {
  const mount = findCgroupMount(mounts);
  if (mount === undefined) {
    return undefined;
  }
  const words = (name: string): readonly string[] =>
    wordsOf(files.read(`${mount.mountPoint}/${name}`) ?? '');
  return {
    ...hierarchyOf(mount),
    controllers: words('cgroup.controllers'),
    enabled: words('cgroup.subtree_control'),
  };
}

/** One for each set of controllers, though it may be mounted more than once. */
function hierarchiesOf(mounts: readonly CgroupMount[]): readonly HierarchyLayout[] {
  const found = new Map<string, CgroupMount>();
  for (const mount of mounts) {
    const [first] = mount.controllers;
    const key = mount.controllers.join(',');
    if (first !== undefined && !found.has(key)) {
      found.set(key, findCgroupMount(mounts, first) ?? mount);
    }
  }
  return [...found.values()].map(hierarchyOf);
}

function hierarchyOf({ mountPoint, root, controllers, isReadOnly }: CgroupMount): HierarchyLayout {
  return { mount: mountPoint, root, controllers, isReadOnly };
}

/** A named hierarchy, such as systemd's, limits nothing: beside the unified one it does not make a host hybrid. */
function modeOf(v2: UnifiedLayout | undefined, v1: readonly HierarchyLayout[]): CgroupMode {
  const hasControllers = v1.some(({ controllers }) => controllers.some(isRealController));
  if (v2 !== undefined) {
    return hasControllers ? 'hybrid' : 'v2';
  }
  return hasControllers ? 'v1' : 'none';
}

function controllersOf(
  v2: UnifiedLayout | undefined,
  v1: readonly HierarchyLayout[],
): Readonly<Record<string, 'v2' | 'v1'>> {
  const ofV1 = v1.flatMap(({ controllers }) => controllers).filter(isRealController);
  return Object.fromEntries([
    ...ofV1.map((controller) => [controller, 'v1'] as const),
    ...(v2?.controllers ?? []).map((controller) => [controller, 'v2'] as const),
  ]);
}

export function isRealController(controller: string): boolean {
  return !controller.startsWith('name=');
}

function delegatedOf(
  v2: UnifiedLayout | undefined,
  ownGroup: OwnGroup,
  { files, euid }: LayoutOptions,
): HostLayout['delegated'] {
  if (v2 === undefined) {
    return { none: 'only groups of the unified hierarchy are delegated, and it is not mounted' };
  }
  if (v2.isReadOnly) {
    return {
      none: `${v2.mount} is mounted read-only. Mount it read-write, or run outside of the container`,
    };
  }
  if (ownGroup.v2 === undefined) {
    return { none: '/proc/self/cgroup names no group of the unified hierarchy' };
  }
  const own = directoryOf(v2, ownGroup.v2);
  if (own === undefined) {
    return {
      none: `the group of this process, ${ownGroup.v2}, lies outside of what is mounted at ${v2.mount}`,
    };
  }
  return findDelegated({ mount: v2.mount, own, euid, files });
}

function remarksOn(
  mode: CgroupMode,
  v2: UnifiedLayout | undefined,
  hiddenCount: number,
): readonly string[] {
  const remarks: string[] = [];
  if (mode === 'none') {
    remarks.push(
      'No cgroup hierarchy with controllers is mounted. Mount one: `mount -t cgroup2 none /sys/fs/cgroup`',
    );
  }
  if (v2?.isReadOnly === true) {
    remarks.push(`${v2.mount} is mounted read-only, so no group can be made there.`);
  }
  if (hiddenCount > 0) {
    remarks.push(
      `${hiddenCount} cgroup ${hiddenCount === 1 ? 'mount is' : 'mounts are'} hidden by other mounts, or may not be entered.`,
    );
  }
  return remarks;
}

export function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
