// Pure: the options of the keeper host.

import type { TaskContainmentWish } from './host-groups.ts';

/** How tasks of a keeper are treated. */
export interface KeeperHostOptions {
  /**
   * Directory of the keeper's socket, records and FIFOs: absolute, made with mode 0700 when it is absent, on a local file
   * system. One keeper serves one directory, for any number of supervisors.
   */
  readonly stateDirectory: string;
  /** What becomes of a task when this process has ended, however that was. @default 'keep' */
  readonly onSupervisorExit?: 'keep' | 'kill';
  /** How long the end of a process after SIGKILL may take, in milliseconds. @default 15000 */
  readonly killGraceMs?: number;
  /**
   * What holds a task's processes together. `'auto'`: a cgroup of its own where this process can make one, else a reaper;
   * `'cgroup'`: a start without one is refused; `'reaper'`: never a cgroup. A task with a cgroup override has a reaper. @default
   * 'auto'
   */
  readonly containment?: TaskContainmentWish;
  /** The group below which the groups of tasks are made. @default raw-exec.slice, or raw-exec on v1 */
  readonly cgroupParent?: string;
  /** How many groups are kept ready. @default 2 */
  readonly poolSize?: number;
}
