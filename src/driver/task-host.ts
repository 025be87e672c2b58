// Pure: what a task host is. The driver decides what a task is allowed and how it is started; the host lets it live.
//
// There is one host in this process (in-process-host.ts, on spawn()); another one may let tasks outlive it. A host knows
// nothing of configuration: it gets a plan in which everything has been looked up, and keeps one record per task until
// it is told to forget it.

import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { AppliedLimit, NotAppliedLimit } from '../cgroup/applied-limits.ts';
import type { ExitReason } from '../cgroup/exit-reason.ts';
import type { GivenGroup } from '../cgroup/given-group.ts';
import type { GroupSample } from '../cgroup/group-sample.ts';
import type { ReapReport } from '../cgroup/leftover-groups.ts';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { OomKillEvent } from '../cgroup/oom-watch.ts';
import type { ProcessSample } from '../cgroup/process-list.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import type { CgroupPaths } from '../process/spawn-options.ts';
import type { TaskLogStatus } from './log-status.ts';
import type { ExecSession, ExecStreamingRequest } from './task-session.ts';

/** Where one output stream of a task goes. */
export type TaskOutput =
  | { readonly to: 'nowhere' }
  /** A regular file, which is appended to, or a FIFO. Symbolic links are not followed. */
  | { readonly to: 'path'; readonly path: string }
  /**
   * A FIFO, opened for writing alone, by the task's own process and before it becomes the task's user: a start waits for the reader, and
   * nobody but the task holds it. Symbolic links are not followed.
   */
  | { readonly to: 'reader'; readonly path: string }
  /** A pipe to this process; only where `TaskHostCapabilities.canPipe`. */
  | { readonly to: 'pipe' }
  | TaskLogOutput;

/** Files `name.0`, `name.1`, … that a pump of the host writes and rotates; only where `TaskHostCapabilities.canLog`. */
export interface TaskLogOutput {
  readonly to: 'log';
  /** Absolute, and there. */
  readonly directory: string;
  readonly name: string;
  readonly maxFiles: number;
  readonly maxFileSizeBytes: number;
  /** Of the files. */
  readonly mode: number;
  /** `'copy'` goes through the pump's memory: a stalled disk does not hold the task's writes, a killed pump loses some. */
  readonly pump: 'splice' | 'copy';
  /** What happens while the disk is full. */
  readonly whenFull: 'block' | 'drop';
}

/** Whom a task runs as: numbers only, looked up and checked before. */
export interface TaskCredentials {
  readonly uid: number;
  readonly gid: number;
  /** Exactly these supplementary groups. */
  readonly groups: readonly number[];
}

/** A task that can be started without any further decision. */
export interface TaskPlan {
  /** The absolute path of the program, and its argv[0]. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdout: TaskOutput;
  readonly stderr: TaskOutput;
  /** Absent means as this process. */
  readonly credentials?: TaskCredentials;
  readonly oomScoreAdj?: number;
  /** Existing groups to join; never killed, frozen or signalled as a whole. */
  readonly cgroup?: CgroupPaths;
  /** In place of a group that the host makes. Not together with `cgroup`. */
  readonly givenGroup?: GivenGroup;
  readonly networkNamespace?: string;
  /** Asked for: one that cannot be applied fails the start. */
  readonly limits?: TaskLimits;
  /** By the job's resources: one that cannot be applied is in the record's `notApplied`. */
  readonly impliedLimits?: TaskLimits;
}

/** How a task ended. */
export interface TaskExit {
  /** Shell style: the program's code, or 128 + the signal's number. */
  readonly exitCode: number;
  /** Number of the signal that ended it, or 0. */
  readonly signal: number;
  /** False when somebody else took the status: `exitCode` and `signal` say nothing then. */
  readonly isStatusKnown: boolean;
  /** Whether the kernel ended it for want of memory in its own group; false where the host cannot know. */
  readonly isOomKilled: boolean;
  readonly reason: ExitReason;
  /** OOM kills in its group while it ran, of its other processes too; absent where the host cannot know. */
  readonly oomKills?: number;
  readonly exitedAt: Date;
}

/** What a host knows about a task. Frozen. */
export interface TaskRecord {
  readonly id: string;
  readonly state: 'running' | 'exited';
  readonly pid: number;
  readonly startedAt: Date;
  /** What holds its processes together: groups of its own (`v2`, `hybrid`, `v1`), or a reaper (`tree`). */
  readonly containment: 'v2' | 'hybrid' | 'v1' | 'tree';
  /** Limits that were only implied and that it does not have, each with the reason. */
  readonly notApplied: readonly NotAppliedLimit[];
  /** Its limits as the kernel has them; only while it runs, and only in a group of its own. */
  readonly limits?: readonly AppliedLimit[];
  /** Present when `state` is `'exited'`. */
  readonly exit?: TaskExit;
}

/** A second command beside a running task: same environment, directory, user, groups and network. */
export interface ExecRequest {
  /** The absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  /** How long it may take; then its whole process group gets SIGKILL. */
  readonly timeoutMs: number;
  /** How much of its output is kept; of longer output the last part. */
  readonly maxOutputBytes: number;
}

/** What came of it. */
export interface ExecResult {
  readonly exitCode: number;
  readonly signal: number;
  /** Both streams in the order in which they arrived. */
  readonly output: Buffer;
  readonly isTruncated: boolean;
  readonly isTimedOut: boolean;
}

/** What a task uses: sums over its processes. */
export interface TaskUsage {
  readonly takenAt: Date;
  /** Whether the sums are the counters of the task's group, those of processes that have ended included. */
  readonly measuredBy: 'cgroup' | 'processes';
  /** All counters of the task's group; absent without one. */
  readonly group?: GroupSample;
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  /** Pages that several processes share are counted once for each. */
  readonly rssBytes: number;
  readonly swapBytes: number;
  readonly processes: readonly ProcessSample[];
}

/** How a task is asked to end before it is made to. */
export interface StopRequest {
  /** What is tried in turn before everything of the task is killed; none for SIGKILL at once. */
  readonly steps: readonly StopTaskStep[];
  /** How long the end after SIGKILL may take, in milliseconds. @default the host's */
  readonly killGraceMs?: number;
}

/** One rung of the ladder by which a task is stopped. */
export interface StopTaskStep {
  readonly signal: string;
  /** The main process, its process group, or every process of the task. @default 'main' */
  readonly to?: TaskSignalTarget;
  /** How long those may take to end, in milliseconds. @default 5000 */
  readonly graceMs?: number;
}

/** What a host can do. */
export interface TaskHostCapabilities {
  readonly name: string;
  /** Whether its tasks go on when this process ends. */
  readonly outlivesSupervisor: boolean;
  /** Whether `adopt` works. */
  readonly canAdopt: boolean;
  /** Whether a task's output can be a pipe to this process. */
  readonly canPipe: boolean;
  /** Whether the host writes and rotates log files. */
  readonly canLog: boolean;
}

/** The output of a task that was started with pipes. Whoever asks for it has to read it: a full pipe stops the task. */
export interface TaskStreams {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/** Notices of a host; each comes after the record has changed. */
export interface TaskHostEvents {
  exited: [record: TaskRecord];
  /** Something in a running task was killed for want of memory: the main process, or another one. */
  oomKilled: [event: OomKillEvent];
  /** Groups of an earlier run that has died were removed, with all that ran in them. */
  leftovers: [report: ReapReport];
}

/**
 * Lets tasks live. Every method but `start` and `adopt` rejects with `ERR_TASK_UNKNOWN` for an id without a record.
 */
export interface TaskHost {
  readonly capabilities: TaskHostCapabilities;
  readonly events: EventEmitter<TaskHostEvents>;
  /** Resolves when the program has really been exec'ed; otherwise rejects, and nothing was started. */
  start(id: string, plan: TaskPlan): Promise<TaskRecord>;
  /** Sends a signal. Rejects with `ERR_TASK_NOT_RUNNING` when those whom it is for have ended. */
  signal(id: string, signal: string, to: TaskSignalTarget): Promise<void>;
  /** Changes limits of a running task; those that are not given stay. */
  update(id: string, limits: TaskLimits): Promise<TaskRecord>;
  exec(id: string, request: ExecRequest): Promise<ExecResult>;
  /** Resolves when the program has really been exec'ed. Absent: `execTaskStreaming` is refused with `ERR_NOT_SUPPORTED`. */
  execStreaming?(id: string, request: ExecStreamingRequest): Promise<ExecSession>;
  stats(id: string): Promise<TaskUsage>;
  /**
   * Ends the task with all that came of it; resolves when nothing of it is left. Does what is left to do when the main
   * process has ended already; a second call joins the first, a shorter grace counts.
   */
  stop(id: string, request: StopRequest): Promise<TaskRecord>;
  status(id: string): Promise<TaskRecord>;
  /** Drops the record of a task, and its group. Rejects with `ERR_TASK_RUNNING` while anything of it runs. */
  forget(id: string): Promise<void>;
  /** Takes over a task that this host had started before this process did. */
  adopt(id: string): Promise<TaskRecord>;
  /** Ends and forgets a task that it has and that cannot be adopted; only where `canAdopt`. */
  discard?(id: string): Promise<void>;
  /** The pipes of a task; only where `canPipe`. */
  output?(id: string): TaskStreams;
  /** What the pumps of its logs have done; only where `canLog`. */
  logStatus?(id: string): Promise<TaskLogStatus>;
  /** What a scheduler should know of how tasks live here; absent: what holds for every host of this machine. */
  attributes?(): Promise<Readonly<Record<string, string>>>;
  /** Lets go of everything; tasks of a host that does not outlive its supervisor are ended first. */
  close(): Promise<void>;
}
