// The face of the driver, described method by method. What it does is in hosted-driver.ts, which loads with the first driver:
// a program that only starts processes imports this package too.

import { EventEmitter } from 'node:events';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { nameClass } from '../errors.ts';
import type { DriverCapabilities } from './capabilities.ts';
import type { ConfigIssue } from './config-issue.ts';
import type {
  DestroyTaskOptions,
  ExecTaskOptions,
  ExecTaskStreamingOptions,
  RawExecDriverOptions,
  TaskStatsStreamOptions,
  WaitOptions,
} from './driver-options.ts';
import type { Fingerprint, FingerprintOptions } from './fingerprint.ts';
import type { TaskLogStatus } from './log-status.ts';
import type { DriverTask, StopTaskOptions, TaskEvent, TaskHandle, TaskStatus } from './task.ts';
import type { ExecResult, TaskExit, TaskStreams, TaskUsage } from './task-host.ts';
import type { ExecSession } from './task-session.ts';

/** Events of a driver. */
export interface RawExecDriverEvents {
  /** Something happened to a task. Emitted after the state has changed. */
  taskEvent: [event: TaskEvent];
}

/**
 * Nomad's raw_exec driver: runs tasks on the host with no isolation, and looks after them.
 *
 * @example
 * const driver = await RawExecDriver.create({ config: { enabled: true } });
 * await driver.startTask({ id: 'a/web/1', name: 'web', taskDir: '/srv/web', env: {}, driverConfig: { command: 'date' } });
 * const { exitCode } = await driver.waitTask('a/web/1');
 */
export abstract class RawExecDriver extends EventEmitter<RawExecDriverEvents> {
  /** What works in the configuration but should be written otherwise. */
  abstract readonly warnings: readonly ConfigIssue[];

  /** Rejects with `ConfigError` (`ERR_DRIVER_CONFIG`) when the configuration cannot be used; `issues` has every problem. */
  static async create(options: RawExecDriverOptions = {}): Promise<RawExecDriver> {
    const { makeDriver } = await import('./make-driver.ts');
    return makeDriver(options);
  }

  /** What the driver can do with its host. */
  abstract get capabilities(): DriverCapabilities;

  /** What a scheduler should know: one fingerprint at once, then one each interval, until the signal or `close()`. */
  abstract fingerprint(options?: FingerprintOptions): AsyncIterable<Fingerprint>;

  /**
   * Starts a task. Resolves when its program has really been exec'ed; otherwise rejects, and nothing was started.
   *
   * Rejects with InvalidOptionError for fields that can never work; `ERR_DRIVER_DISABLED`, `ERR_TASK_EXISTS`,
   * `ERR_TASK_CONFIG`, `ERR_USER_UNKNOWN`, `ERR_USER_DENIED`, `ERR_GROUP_DENIED`, `ERR_NOT_PERMITTED`; and as `spawn` does.
   */
  abstract startTask(task: DriverTask): Promise<TaskHandle>;

  /** Takes a task back that an earlier process started; only where `capabilities.recover`, else `ERR_NOT_SUPPORTED`. */
  abstract recoverTask(handle: TaskHandle, task: DriverTask): Promise<TaskStatus>;

  /** How the task ended, as soon as it has; any number of callers may wait. `signal` ends the waiting: `ERR_ABORTED`. */
  abstract waitTask(id: string, options?: WaitOptions): Promise<TaskExit>;

  /**
   * Sends a signal to the main process, its process group, or every process of the task. Real-time signals too.
   *
   * Rejects with `ERR_SIGNAL_UNKNOWN`, or `ERR_TASK_NOT_RUNNING` when those whom it is for have ended.
   */
  abstract signalTask(id: string, signal: string, to?: TaskSignalTarget): Promise<void>;

  /**
   * Changes limits of a running task; those that are not given stay. Resolves with the limits as the kernel has them then.
   *
   * Rejects with `ERR_TASK_NOT_RUNNING`, `ERR_LIMIT_UNSUPPORTED`, `ERR_LIMIT_REFUSED`, or InvalidLimitsError; with `ERR_KEEPER_STATE`
   * when the keeper cannot write the change down: then later supervisors may not know of it.
   */
  abstract updateTask(id: string, limits: TaskLimits): Promise<TaskStatus>;

  /**
   * Ends a task with all that came of it: its kill signal to the main process, a grace, then SIGKILL to everything; or the steps
   * that are given, and then SIGKILL. May be called again, also after the end.
   *
   * Rejects with `ERR_SIGNAL_UNKNOWN`, or TaskStuckError `ERR_TASK_STUCK` when something is there even after SIGKILL.
   */
  abstract stopTask(id: string, options?: StopTaskOptions): Promise<TaskStatus>;

  /**
   * Forgets a task that has ended, ends what is left of it, and removes its group. A running one is refused with
   * `ERR_TASK_RUNNING`, or ended by SIGKILL with `force`; so is one that a keeper holds and nobody has recovered. Does nothing for a
   * task that is not there.
   */
  abstract destroyTask(id: string, options?: DestroyTaskOptions): Promise<void>;

  /** State, times and the id of the main process (`attributes.pid`). */
  abstract inspectTask(id: string): Promise<TaskStatus>;

  /** What the processes of a running task use at this moment. */
  abstract taskStats(id: string): Promise<TaskUsage>;

  /**
   * The same at once and then each interval. Ends with the task, the signal or `close()`. Each sample is taken when it is asked for:
   * who reads slowly gets fewer, and no old ones.
   */
  abstract taskStatsStream(id: string, options?: TaskStatsStreamOptions): AsyncIterable<TaskUsage>;

  /**
   * Runs a second command as the task runs: same environment, directory, user, groups and network. Looked up as the
   * task's own command is.
   */
  abstract execTask(
    id: string,
    command: readonly [string, ...string[]],
    options?: ExecTaskOptions,
  ): Promise<ExecResult>;

  /**
   * The same with its standard streams open to the caller, on pipes or on a terminal of its own. Resolves when the program has really
   * been exec'ed. The session is the caller's to close, and ends with the task and with the driver.
   *
   * Rejects as `execTask`; with `ERR_TERMINAL` when no terminal can be had, and with `ERR_ABORTED`.
   *
   * @example
   * await using session = await driver.execTaskStreaming(id, ['sh', '-i'], { tty: true });
   * process.stdin.pipe(session.stdin);
   * session.stdout.pipe(process.stdout);
   * const { exitCode } = await session.exited;
   */
  abstract execTaskStreaming(
    id: string,
    command: readonly [string, ...string[]],
    options?: ExecTaskStreamingOptions,
  ): Promise<ExecSession>;

  /** The output of a task that was started with `pipeOutput`; null for streams that are no pipes. */
  abstract taskOutput(id: string): TaskStreams;

  /** What has become of the output of a task that was started with `logs`. Others reject with `ERR_NOT_SUPPORTED`. */
  abstract taskLogStatus(id: string): Promise<TaskLogStatus>;

  /** The task events from this call on, until the signal or `close()`. They are kept until they are read. */
  abstract taskEvents(options?: WaitOptions): AsyncIterable<TaskEvent>;

  /** Closes the host too: tasks of one that does not outlive this process are ended. Idempotent. */
  abstract close(): Promise<void>;

  abstract [Symbol.asyncDispose](): Promise<void>;

  static {
    nameClass(RawExecDriver, 'RawExecDriver');
  }
}
