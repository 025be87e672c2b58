// Owner of the tasks that were started through it: Nomad's raw_exec semantics over a task host. Longer than other files
// because it is the whole face of the driver, described method by method; what a method decides is elsewhere.

import { EventEmitter, on } from 'node:events';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { OomKillEvent } from '../cgroup/oom-watch.ts';
import { wallClockNow } from '../clock.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { RawExecError } from '../errors.ts';
import { type DriverCapabilities, driverCapabilities } from './capabilities.ts';
import { checkOutput } from './check-output.ts';
import type { ConfigIssue } from './config-issue.ts';
import {
  ConfigError,
  driverClosed,
  driverDisabled,
  parseSignal,
  taskExists,
  taskRunning,
  taskUnknown,
} from './driver-errors.ts';
import {
  checkHostOptions,
  checkKeys,
  type DestroyTaskOptions,
  type ExecTaskOptions,
  type RawExecDriverOptions,
  type WaitOptions,
  wholeNumber,
} from './driver-options.ts';
import { DriverTaskEntry } from './driver-task.ts';
import { eventStream } from './event-stream.ts';
import {
  disabledFingerprint,
  enabledFingerprint,
  type Fingerprint,
  type FingerprintOptions,
  fingerprintStream,
  type HostFacts,
} from './fingerprint.ts';
import type { RawExecPluginConfig } from './plugin-config.ts';
import { checkTarget, describeSteps, readStopSteps } from './stop-options.ts';
import type { DriverTask, StopTaskOptions, TaskEvent, TaskHandle, TaskStatus } from './task.ts';
import type {
  ExecResult,
  TaskExit,
  TaskHost,
  TaskRecord,
  TaskStreams,
  TaskUsage,
} from './task-host.ts';
import { unlessAborted } from './within.ts';

type DriverParts = typeof import('./driver-parts.ts');

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
export class RawExecDriver extends EventEmitter<RawExecDriverEvents> {
  /** What works in the configuration but should be written otherwise. */
  readonly warnings: readonly ConfigIssue[];
  readonly #parts: DriverParts;
  readonly #plugin: RawExecPluginConfig;
  readonly #host: TaskHost;
  readonly #tasks = new Map<string, DriverTaskEntry>();
  /** Tasks whose start is under way: their ids are taken, and they may end before the start has come back. */
  readonly #starting = new Map<string, DriverTaskEntry>();
  readonly #closing = new AbortController();
  readonly #onExited = (record: TaskRecord): void => this.#noteExit(record);
  readonly #onOomKill = ({ id, kills }: OomKillEvent): void => {
    const entry = this.#tasks.get(id);
    if (entry !== undefined) this.#tell(entry.oomEvent(kills));
  };

  /** Drivers are made by `create`. */
  private constructor(
    parts: DriverParts,
    plugin: RawExecPluginConfig,
    warnings: readonly ConfigIssue[],
    host: TaskHost,
  ) {
    super();
    this.#parts = parts;
    this.#plugin = plugin;
    this.warnings = warnings;
    this.#host = host;
    host.events.on('exited', this.#onExited);
    host.events.on('oomKilled', this.#onOomKill);
  }

  /** Rejects with `ConfigError` (`ERR_DRIVER_CONFIG`) when the configuration cannot be used; `issues` has every problem. */
  static async create(options: RawExecDriverOptions = {}): Promise<RawExecDriver> {
    checkKeys(options, ['config', 'clientOptions', 'host', 'inProcess', 'keeper']);
    checkHostOptions(options);
    const parts = await import('./driver-parts.ts');
    const { clientOptions = {}, config, host, inProcess, keeper } = options;
    const result = parts.parsePluginConfig(config, { clientOptions });
    if (!result.ok) {
      const what = 'the configuration of the raw_exec driver cannot be used';
      throw new ConfigError('ERR_DRIVER_CONFIG', what, result.issues);
    }
    const ownHost = (): TaskHost =>
      keeper === undefined ? new parts.InProcessHost(inProcess) : new parts.KeeperHost(keeper);
    return new RawExecDriver(parts, result.config, result.warnings, host ?? ownHost());
  }

  /** What the driver can do with its host. */
  get capabilities(): DriverCapabilities {
    return driverCapabilities(this.#host.capabilities);
  }

  /** What a scheduler should know: one fingerprint at once, then one each interval, until the signal or `close()`. */
  fingerprint(options: FingerprintOptions = {}): AsyncIterable<Fingerprint> {
    checkKeys(options, ['intervalMs', 'signal']);
    const intervalMs = wholeNumber('intervalMs', options.intervalMs ?? 30_000, 1);
    const take = async (): Promise<Fingerprint> =>
      this.#plugin.isEnabled ? enabledFingerprint(await this.#hostFacts()) : disabledFingerprint;
    return fingerprintStream(take, intervalMs, this.#untilClosed(options.signal));
  }

  /**
   * Starts a task. Resolves when its program has really been exec'ed; otherwise rejects, and nothing was started.
   *
   * Rejects with InvalidOptionError for fields that can never work; `ERR_DRIVER_DISABLED`, `ERR_TASK_EXISTS`,
   * `ERR_TASK_CONFIG`, `ERR_USER_UNKNOWN`, `ERR_USER_DENIED`, `ERR_GROUP_DENIED`, `ERR_NOT_PERMITTED`; and as `spawn` does.
   */
  async startTask(task: DriverTask): Promise<TaskHandle> {
    this.#mustBeOpen();
    this.#parts.checkDriverTask(task);
    if (!this.#plugin.isEnabled) {
      throw driverDisabled();
    }
    checkOutput(task, this.#host.capabilities);
    const { id } = task;
    if (this.#tasks.has(id) || this.#starting.has(id)) {
      throw taskExists(id);
    }
    const entry = new DriverTaskEntry(task);
    this.#starting.set(id, entry);
    try {
      const plan = await this.#parts.planTask(task, { plugin: this.#plugin, ownEnv: process.env });
      this.#mustBeOpen();
      const { pid, startedAt, notApplied } = await this.#host.start(id, plan);
      this.#tasks.set(id, entry);
      this.#tell(entry.event('started', startedAt, `Started ${plan.command}`, { pid: `${pid}` }));
      for (const limit of notApplied) this.#tell(entry.limitEvent(limit));
      if (entry.exit !== undefined) {
        this.#tell(entry.exitEvent(entry.exit));
      }
      return Object.freeze({ version: 1, driver: 'raw_exec', id, pid, startedAt });
    } finally {
      this.#starting.delete(id);
    }
  }

  /** Takes a task back that an earlier process started; only where `capabilities.recover`, else `ERR_NOT_SUPPORTED`. */
  async recoverTask(handle: TaskHandle, task: DriverTask): Promise<TaskStatus> {
    this.#mustBeOpen();
    this.#parts.checkDriverTask(task);
    const record = await this.#host.adopt(handle.id);
    const entry = new DriverTaskEntry(task);
    this.#tasks.set(handle.id, entry);
    if (record.exit !== undefined) {
      entry.noteExit(record.exit);
    }
    return entry.statusOf(record);
  }

  /** How the task ended, as soon as it has; any number of callers may wait. `signal` ends the waiting: `ERR_ABORTED`. */
  async waitTask(id: string, options: WaitOptions = {}): Promise<TaskExit> {
    checkKeys(options, ['signal']);
    const { exited } = this.#find(id);
    const { signal } = options;
    if (signal === undefined) {
      return exited;
    }
    return unlessAborted(exited, signal, () => {
      const cause: unknown = signal.reason;
      return new RawExecError('ERR_ABORTED', `waiting for task ${id} was aborted`, { cause });
    });
  }

  /**
   * Sends a signal to the main process, its process group, or every process of the task. Real-time signals too.
   *
   * Rejects with `ERR_SIGNAL_UNKNOWN`, or `ERR_TASK_NOT_RUNNING` when those whom it is for have ended.
   */
  async signalTask(id: string, signal: string, to: TaskSignalTarget = 'main'): Promise<void> {
    const entry = this.#find(id);
    parseSignal(signal);
    checkTarget('to', to);
    await this.#host.signal(id, signal, to);
    this.#tell(entry.event('signalled', wallClockNow(), `Sent ${signal} to ${to}`, { signal, to }));
  }

  /**
   * Changes limits of a running task; those that are not given stay. Resolves with the limits as the kernel has them then.
   *
   * Rejects with `ERR_TASK_NOT_RUNNING`, `ERR_LIMIT_UNSUPPORTED`, `ERR_LIMIT_REFUSED`, or InvalidLimitsError.
   */
  async updateTask(id: string, limits: TaskLimits): Promise<TaskStatus> {
    const entry = this.#find(id);
    const record = await this.#host.update(id, limits);
    const names = Object.keys(limits).join(', ');
    this.#tell(entry.event('limitsChanged', wallClockNow(), `Changed ${names}`));
    return entry.statusOf(record);
  }

  /**
   * Ends a task with all that came of it: its kill signal to the main process, a grace, then SIGKILL to everything; or the steps
   * that are given, and then SIGKILL. May be called again, also after the end.
   *
   * Rejects with `ERR_SIGNAL_UNKNOWN`, or TaskStuckError `ERR_TASK_STUCK` when something is there even after SIGKILL.
   */
  async stopTask(id: string, options: StopTaskOptions = {}): Promise<TaskStatus> {
    const entry = this.#find(id);
    const steps = readStopSteps(options);
    if (entry.exit === undefined) {
      const signal = steps[0]?.signal ?? 'SIGKILL';
      this.#tell(entry.event('stopping', wallClockNow(), describeSteps(steps), { signal }));
    }
    return entry.statusOf(await this.#host.stop(id, { steps }));
  }

  /**
   * Forgets a task that has ended, ends what is left of it, and removes its group. A running one is refused with
   * `ERR_TASK_RUNNING`, or ended by SIGKILL with `force`. Does nothing for a task that is not there.
   */
  async destroyTask(id: string, options: DestroyTaskOptions = {}): Promise<void> {
    checkKeys(options, ['force']);
    this.#mustBeOpen();
    const entry = this.#tasks.get(id);
    if (entry === undefined) {
      return;
    }
    if (entry.exit === undefined && options.force !== true) {
      throw taskRunning(id);
    }
    await this.#host.stop(id, { steps: [] });
    // Somebody else may have destroyed it meanwhile.
    if (this.#tasks.delete(id)) {
      await this.#host.forget(id);
      this.#tell(entry.event('destroyed', wallClockNow(), 'Destroyed'));
    }
  }

  /** State, times and the id of the main process (`attributes.pid`). */
  async inspectTask(id: string): Promise<TaskStatus> {
    return this.#find(id).statusOf(await this.#host.status(id));
  }

  /** What the processes of a running task use at this moment. */
  async taskStats(id: string): Promise<TaskUsage> {
    this.#find(id);
    return this.#host.stats(id);
  }

  /**
   * Runs a second command as the task runs: same environment, directory, user, groups and network. Looked up as the
   * task's own command is.
   */
  async execTask(
    id: string,
    command: readonly [string, ...string[]],
    options: ExecTaskOptions = {},
  ): Promise<ExecResult> {
    checkKeys(options, ['timeoutMs', 'maxOutputBytes']);
    this.#parts.checkCommand(command);
    const { task } = this.#find(id);
    const timeoutMs = wholeNumber('timeoutMs', options.timeoutMs ?? 30_000, 1);
    const maxOutputBytes = wholeNumber('maxOutputBytes', options.maxOutputBytes ?? 65_536, 0);
    const [name, ...args] = command;
    const places = { taskDir: task.taskDir, path: process.env['PATH'] ?? '' };
    const file = await this.#parts.lookUpCommand(name, places);
    await this.#parts.ensureExecutable(file, task.taskDir);
    return this.#host.exec(id, { command: file, args, timeoutMs, maxOutputBytes });
  }

  /** The output of a task that was started with `pipeOutput`; null for streams that are no pipes. */
  taskOutput(id: string): TaskStreams {
    this.#find(id);
    return this.#host.output?.(id) ?? { stdout: null, stderr: null };
  }

  /** The task events from this call on, until the signal or `close()`. They are kept until they are read. */
  taskEvents(options: WaitOptions = {}): AsyncIterable<TaskEvent> {
    checkKeys(options, ['signal']);
    const signal = this.#untilClosed(options.signal);
    return eventStream(on(this, 'taskEvent', { signal }), signal);
  }

  /** Closes the host too: tasks of one that does not outlive this process are ended. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    try {
      await this.#host.close();
    } finally {
      this.#host.events.off('exited', this.#onExited);
      this.#host.events.off('oomKilled', this.#onOomKill);
      this.#tasks.clear();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Not known is no reason to tell a scheduler nothing. */
  async #hostFacts(): Promise<HostFacts> {
    try {
      return { attributes: await (this.#host.attributes?.() ?? this.#parts.hostAttributes()) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { unknown: `what the host gives is not known: ${why}` };
    }
  }

  #noteExit(record: TaskRecord): void {
    const started = this.#tasks.get(record.id);
    const entry = started ?? this.#starting.get(record.id);
    if (entry === undefined || record.exit === undefined) {
      return;
    }
    entry.noteExit(record.exit);
    // Otherwise the start tells it, after it has told that the task was started.
    if (started !== undefined) {
      this.#tell(entry.exitEvent(record.exit));
    }
  }

  #tell(event: TaskEvent): void {
    this.emit('taskEvent', event);
  }

  #untilClosed(signal: AbortSignal | undefined): AbortSignal {
    const closing = this.#closing.signal;
    return signal === undefined ? closing : AbortSignal.any([closing, signal]);
  }

  #find(id: string): DriverTaskEntry {
    this.#mustBeOpen();
    const entry = this.#tasks.get(id);
    if (entry === undefined) {
      throw taskUnknown(id);
    }
    return entry;
  }

  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) {
      throw driverClosed();
    }
  }
}
