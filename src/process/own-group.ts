// Pure: a task's group as `spawn` takes it without looking at it again, because this process made it.

import type { CgroupPaths } from './spawn-options.ts';

/** Paths of a group, with the descriptor by which its maker holds the version 2 part open. */
export class OwnGroup implements CgroupPaths {
  declare readonly v2?: string;
  declare readonly v1?: Readonly<Record<string, string>>;
  /** Version 1 directories, each hierarchy once. */
  readonly v1Directories: readonly string[];
  /** -1 when the group has to be looked up: no version 2, or memory.oom.group is set in it or above. */
  readonly fd: number;

  constructor(
    v2: string | undefined,
    v1: Readonly<Record<string, string>>,
    v1Directories: readonly string[],
    fd: number,
  ) {
    if (v2 !== undefined) this.v2 = v2;
    if (v1Directories.length > 0) this.v1 = v1;
    this.v1Directories = v1Directories;
    this.fd = fd;
  }
}
