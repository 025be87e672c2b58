// Owner of the groups under which one group per task is made: finds where they may be, makes them, removes them.

/** One controller of version 1 and the group in its hierarchy under which task groups are made. */
export interface V1Parent {
  readonly controller: string;
  /** Absolute. Controllers that are mounted together have the same directory: make, join and remove it once. */
  readonly directory: string;
}

/** Where task groups are made. Frozen; proven by a process that was started in a group below it. */
export interface TaskPlace {
  readonly mode: 'v2' | 'hybrid' | 'v1';
  /**
   * The groups under which one group per task is made. `v2` is absent in mode `v1`; `v1` is empty in mode `v2`, and in mode
   * `hybrid` for an ordinary user, to whom nothing of version 1 is delegated.
   */
  readonly parent: { readonly v2?: string; readonly v1: readonly V1Parent[] };
  /** What limits can use in a task's group; those of version 1 are in `parent.v1`, all others are of version 2. */
  readonly controllers: readonly string[];
  /** Controllers that the host has and task groups do not get, each with the reason in words. */
  readonly withheld: Readonly<Record<string, string>>;
  /** Whether groups have cgroup.kill (Linux 5.14). */
  readonly killFile: boolean;
  /** `delegated`: below a subtree that was delegated to this process; `root`: below the top; `config`: `cgroupParent` named it. */
  readonly origin: 'delegated' | 'root' | 'config';
  /** Absolute directories that raw-exec makes when they are absent and removes when they are empty; parents come first. */
  readonly ownDirectories: readonly string[];
}

/** No place, with the reason for people: what was tried, why it failed, what to do. */
export interface NoTaskPlace {
  readonly none: string;
}
