// Pure: where the host has mounted its cgroup hierarchies.

import { type Mount, parseMountinfo } from './mountinfo.ts';

/** One mounted hierarchy. */
export interface CgroupMount {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** The directory inside the hierarchy that is mounted: `/` unless it is a part of it, as in containers. */
  readonly root: string;
  /** Version 1: its controllers, named ones as `name=systemd`. */
  readonly controllers: readonly string[];
  /** `major:minor`: what stat(2) says of the mount point, unless another mount hides this one. */
  readonly device: string;
  readonly isReadOnly: boolean;
}

/** All cgroup mounts, in the order of the text. */
export function parseCgroupMounts(mountinfo: string): readonly CgroupMount[] {
  return parseMountinfo(mountinfo)
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .map(cgroupMountOf);
}

/** The mount of the version 2 hierarchy, or of one controller of version 1. A mount of the whole is preferred. */
export function findCgroupMount(
  mounts: readonly CgroupMount[],
  controller?: string,
): CgroupMount | undefined {
  const fitting = mounts.filter((mount) =>
    controller === undefined
      ? mount.version === 2
      : mount.controllers.includes(controller) || mount.controllers.includes(`name=${controller}`),
  );
  return fitting.find((mount) => mount.root === '/') ?? fitting[0];
}

function cgroupMountOf(mount: Mount): CgroupMount {
  const { type, mountPoint, root, device, options, superOptions } = mount;
  const isReadOnly = options.includes('ro') || superOptions.includes('ro');
  const controllers = type === 'cgroup2' ? [] : superOptions.filter(isController);
  return {
    version: type === 'cgroup2' ? 2 : 1,
    mountPoint,
    root,
    controllers,
    device,
    isReadOnly,
  };
}

/** Options of a version 1 super block that are neither controllers nor have a value. */
const mountOptions = new Set([
  'ro',
  'rw',
  'xattr',
  'noprefix',
  'clone_children',
  'cpuset_v2_mode',
  'favordynmods',
  'none',
  'all',
]);

/** The options of a version 1 super block are its controllers and a few flags. */
function isController(option: string): boolean {
  const isSetting = option.includes('=') && !option.startsWith('name=');
  return option !== '' && !mountOptions.has(option) && !isSetting;
}
