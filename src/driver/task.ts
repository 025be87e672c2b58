// Pure: a task as callers of the driver describe it, and what they get back.

import type { AppliedLimit } from '../cgroup/applied-limits.ts';
import type { GivenGroup } from '../cgroup/given-group.ts';
import type { JobResources } from '../cgroup/limits/implied-limits.ts';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { StopTaskStep, TaskExit } from './task-host.ts';

/** A task to start. Everything has been interpolated; the driver reads no job file. */
export interface DriverTask {
  /** Unique for this driver: `<allocation>/<task>/<8 hex digits>` in Nomad. */
  readonly id: string;
  readonly name: string;
  readonly allocId?: string;
  readonly groupName?: string;
  readonly jobName?: string;
  /** The `config` block, as in the job file: see `parseTaskConfig`. */
  readonly driverConfig: unknown;
  /** The environment, complete but for what the user brings (see `layerEnvironment`); names in deny lists are removed. */
  readonly env: Readonly<Record<string, string>>;
  /** Name or id. Absent or empty: as this process. */
  readonly user?: string;
  /** The task's own directory: absolute. */
  readonly taskDir: string;
  /** A file, which is appended to, or a FIFO. Absent, empty or /dev/null: discarded. */
  readonly stdoutPath?: string;
  readonly stderrPath?: string;
  /**
   * The paths name FIFOs that somebody reads: the task's own process opens them, for writing alone, and nobody else holds them. A
   * start waits for the reader. @default false
   */
  readonly outputHasReader?: boolean;
  /**
   * Output comes to this process instead: `taskOutput` has the streams. Not together with the paths, and not with
   * every host. @default false
   */
  readonly pipeOutput?: boolean;
  /** Output goes to files that the host rotates; only where it can, and not together with the paths or `pipeOutput`. */
  readonly logs?: TaskLogs;
  /** A network namespace to enter: a file such as /run/netns/blue. Absent: the host's network. */
  readonly networkNamespace?: string;
  /** Asked for: one that cannot be applied fails the start. See docs/limits.md. */
  readonly limits?: TaskLimits;
  /** Groups that a scheduler has made for this task alone, in place of one that the host makes. Not used with a cgroup override. */
  readonly givenGroup?: GivenGroup;
  /** The job's `resources`. One of the limits that they imply and that cannot be applied becomes an event `limitNotApplied`. */
  readonly resources?: JobResources;
}

/** Files `<task name>.stdout.N` and `<task name>.stderr.N`, N from 0, as Nomad names them. */
export interface TaskLogs {
  /** Absolute, and there. */
  readonly directory: string;
  /** How many files of each stream are kept; the oldest goes first. @default 10 */
  readonly maxFiles?: number;
  /** A new file begins at the line that would make one longer, in bytes. @default 10485760 */
  readonly maxFileSizeBytes?: number;
  /** Of the files. @default 0o644 */
  readonly mode?: number;
  /**
   * `'splice'` loses nothing, whoever is killed; while the disk stalls the task's writes wait. `'copy'` goes through the
   * pump's memory, which is lost with it. @default 'splice'
   */
  readonly pump?: 'splice' | 'copy';
  /** While the disk is full: `'block'` holds the task's writes, `'drop'` counts and marks what is lost. @default 'block' */
  readonly whenFull?: 'block' | 'drop';
}

/** Enough to find a task again. Versioned, so that it may be kept. */
export interface TaskHandle {
  readonly version: 1;
  readonly driver: 'raw_exec';
  readonly id: string;
  readonly pid: number;
  readonly startedAt: Date;
}

/** What `inspectTask` tells. */
export interface TaskStatus {
  readonly id: string;
  readonly name: string;
  readonly state: 'running' | 'exited';
  readonly startedAt: Date;
  readonly completedAt?: Date;
  readonly exit?: TaskExit;
  /** As the kernel has them now; absent when it has ended or has no group of its own. */
  readonly limits?: readonly AppliedLimit[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** How `stopTask` ends a task. */
export interface StopTaskOptions {
  /** Sent to the main process first. @default 'SIGINT' */
  readonly killSignal?: string;
  /** How long it may take to end before SIGKILL; 0 is SIGKILL at once. @default 5000 */
  readonly timeoutMs?: number;
  /** A ladder in place of `killSignal` and `timeoutMs`: tried in turn before everything is killed. */
  readonly steps?: readonly StopTaskStep[];
}

/** Something that happened to a task. Frozen. */
export interface TaskEvent {
  readonly taskId: string;
  readonly taskName: string;
  readonly allocId: string;
  readonly kind:
    | 'started'
    | 'limitNotApplied'
    | 'limitsChanged'
    | 'signalled'
    | 'oomKill'
    | 'stopping'
    | 'exited'
    | 'destroyed';
  readonly at: Date;
  /** One sentence for people. */
  readonly message: string;
  readonly annotations: Readonly<Record<string, string>>;
}
