// Pure: the text of /proc/<pid>/cgroup, see cgroups(7).

/** Where one process is, in each hierarchy; paths inside it, as seen from the cgroup namespace of the reader. */
export interface CgroupMembership {
  /** Absent where the kernel has no unified hierarchy. */
  readonly v2?: string;
  /** By controller of version 1, named hierarchies as `name=systemd`. */
  readonly v1: Readonly<Record<string, string>>;
}

/** Nothing in the text is escaped: the kernel refuses groups with a newline in their name. */
export function parseSelfCgroup(text: string): CgroupMembership {
  const v1: Record<string, string> = {};
  let v2: string | undefined;
  for (const line of text.split('\n')) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) {
      continue;
    }
    const [, id, controllers = '', path = ''] = match;
    if (id === '0' && controllers === '') {
      v2 = path;
    } else {
      for (const controller of controllers.split(',')) {
        v1[controller] = path;
      }
    }
  }
  return v2 === undefined ? { v1 } : { v2, v1 };
}

/**
 * The directory of a group under a mount of its hierarchy; undefined where the mount shows another part of it, or the group
 * lies outside of the cgroup namespace (`/..`).
 */
export function directoryOf(
  mount: { readonly mount: string; readonly root: string },
  path: string,
): string | undefined {
  const below = partBelow(mount.root, path);
  if (below === undefined || below.split('/').includes('..')) {
    return undefined;
  }
  return below === '/' ? mount.mount : `${mount.mount === '/' ? '' : mount.mount}${below}`;
}

function partBelow(root: string, path: string): string | undefined {
  if (root === '/') {
    return path;
  }
  if (path === root) {
    return '/';
  }
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}
