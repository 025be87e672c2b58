// Groups: made, written, listed and removed in as few system calls as it takes (native/addon/groups.cc).
//
// Lists of strings cross as one string, joined with NULs. What is called …Later runs on a thread of its own.

/** What happens to the processes that are still in a group which is to be removed. */
export const Members = { wait: 0, kill: 1 } as const;

/** Which element of a list failed, and why. */
export interface ListFailure {
  readonly index: number;
  /** The positive errno(3) number. */
  readonly errno: number;
}

/** Where the index begins in a packed failure; below it is the errno. */
export const indexShift = 16;

/** Takes apart what the functions below call a packed failure. */
export function unpackFailure(packed: number): ListFailure | undefined {
  if (packed === 0) return undefined;
  return { index: Math.floor(packed / 2 ** indexShift) - 1, errno: packed % 2 ** indexShift };
}

export interface GroupFunctions {
  /** @returns descriptors of a version 2 group and of its cgroup.events, for a start; -1 for both when they cannot be had */
  groupOpen(path: string): number[];
  /**
   * Makes groups and marks each as `owner`'s. @returns 0 or a packed failure; the groups before the failed one are there
   */
  groupMake(paths: string, owner: string): number;
  /**
   * As `groupMake`; then opens the files of `warm` once, so that the first start finds their inodes made.
   * @returns as `groupMake`, and behind it what `groupOpen` says of each path of `held`
   */
  groupMakeLater(paths: string, owner: string, held: string, warm: string): Promise<number[]>;
  /** Marks a group as one task's. @returns 0 or a positive errno */
  groupMark(path: string, task: string): number;
  /**
   * The same by the descriptors of `groupOpen`.
   * @returns ENODEV also when the group has been removed meanwhile, EBUSY when it is marked, and frozen
   */
  groupMarkHeld(directory: number, events: number, task: string): number;
  /** Marks a group as somebody else's from here on. @returns 0 or a positive errno */
  groupGive(path: string, owner: string): number;
  /** Removes a group that nothing was ever in, at once. @returns 0 or a positive errno */
  groupDiscard(path: string): number;
  /** Writes pairs of path and value in order, up to the first that fails. @returns 0 or a packed failure */
  groupWrite(pairs: string): number;
  /** As `groupWrite`, for values whose write may last: lowering a memory limit reclaims inside it. */
  groupWriteLater(pairs: string): Promise<number>;
  /** @returns for each path its text without the last newline, or its positive errno */
  groupRead(paths: string): (string | number)[];
  /**
   * Removes each group with all below it, and waits until `timeoutMs` for processes that are in them to end.
   * @param members - of `Members`
   * @returns for each path 0, or a positive errno
   */
  groupRemove(paths: string, members: number, timeoutMs: number): Promise<number[]>;
  /** The groups in `path`: name, owner and task of each in a row; or a positive errno. */
  groupList(path: string): Promise<string[] | number>;
}
