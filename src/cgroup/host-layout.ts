// Owner of nothing: what the host gives of cgroups, read into one frozen value.

import { hostFiles } from './cgroup-files.ts';
import { type LayoutOptions, layoutOf } from './layout-of.ts';

/**
 * `v2`: the unified hierarchy alone. `hybrid`: controllers of version 1, and the unified hierarchy beside them. `v1`: version 1
 * alone. `none`: no hierarchy is mounted where this process can see it.
 */
export type CgroupMode = 'v2' | 'hybrid' | 'v1' | 'none';

/** One hierarchy where this process sees it. */
export interface HierarchyLayout {
  /** Absolute directory of the mount. */
  readonly mount: string;
  /** The directory inside the hierarchy that is mounted: `/` unless it is a part, as in some containers. */
  readonly root: string;
  /**
   * Version 1: its controllers, several where they are mounted together; a hierarchy without one has its name as `name=systemd`.
   * Version 2: cgroup.controllers at the mount.
   */
  readonly controllers: readonly string[];
  readonly isReadOnly: boolean;
}

/** The unified hierarchy. */
export interface UnifiedLayout extends HierarchyLayout {
  /** What the group at the mount hands to those below it: cgroup.subtree_control. */
  readonly enabled: readonly string[];
}

/** Where this process is. */
export interface OwnGroup {
  /** Path inside the unified hierarchy; absent where it is not mounted. */
  readonly v2?: string;
  /** By controller of version 1, named hierarchies as `name=systemd`: path inside the hierarchy. */
  readonly v1: Readonly<Record<string, string>>;
}

/** Groups that this process may arrange as it likes: the subtree of the unified hierarchy that was delegated to it. */
export interface DelegatedSubtree {
  /** Absolute directory of its top. */
  readonly directory: string;
  /**
   * `systemd`: marked by a service manager (`Delegate=yes`). `owner`: the directory belongs to the user of this process.
   */
  readonly by: 'systemd' | 'owner';
  /** Whether this process is in the top group itself: then the subtree can hand out no controllers (cgroups(7)). */
  readonly holdsUs: boolean;
}

/** What the host gives. Frozen. */
export interface HostLayout {
  readonly mode: CgroupMode;
  /** Absent where it is not mounted. */
  readonly v2?: UnifiedLayout;
  /** Hierarchies of version 1, named ones among them. */
  readonly v1: readonly HierarchyLayout[];
  /** Each controller with the version that it lives in; `v2` means: in cgroup.controllers at the mount. */
  readonly controllers: Readonly<Record<string, 'v2' | 'v1'>>;
  readonly ownGroup: OwnGroup;
  /** The subtree that was delegated to this process, or why there is none. */
  readonly delegated: DelegatedSubtree | { readonly none: string };
  /** Why the mode is `none`, or what else is amiss; whole sentences for people. */
  readonly remarks: readonly string[];
}

/** Reads what the kernel says at this moment; nothing is made or changed. Takes about a millisecond. */
export function readHostLayout(options: Partial<LayoutOptions> = {}): HostLayout {
  const { files = hostFiles, euid = process.geteuid?.() ?? 0 } = options;
  return layoutOf({ files, euid });
}
