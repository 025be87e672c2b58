// Owner of the tasks that were started through it: Nomad's raw_exec semantics over a task host. What a method decides is
// elsewhere; what it promises is said in raw-exec-driver.ts.

import { on } from 'node:events';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { OomKillEvent } from '../cgroup/oom-watch.ts';
import { wallClockNow } from '../clock.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { RawExecError } from '../errors.ts';
import { hostAttributes } from '../host/host-attributes.ts';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { type DriverCapabilities, driverCapabilities } from './capabilities.ts';
import { checkOutput, notLogged } from './check-output.ts';
import { checkCommand, checkDriverTask } from './check-task.ts';
import type { ConfigIssue } from './config-issue.ts';
import {
  driverClosed,
  driverDisabled,
  parseSignal,
  taskExists,
  taskNotRunning,
  taskRunning,
  taskUnknown,
} from './driver-errors.ts';
import {
  checkKeys,
  type DestroyTaskOptions,
  type ExecTaskOptions,
  type ExecTaskStreamingOptions,
  type TaskStatsStreamOptions,
  type WaitOptions,
  wholeNumber,
} from './driver-options.ts';
import { DriverTaskEntry } from './driver-task.ts';
import { eventStream } from './event-stream.ts';
import {
  checkNotAborted,
  readStreamingOptions,
  streamingUnsupported,
} from './exec-streaming-options.ts';
import { findProgram } from './find-program.ts';
import {
  disabledFingerprint,
  enabledFingerprint,
  type Fingerprint,
  type FingerprintOptions,
  fingerprintStream,
  type HostFacts,
} from './fingerprint.ts';
import type { TaskLogStatus } from './log-status.ts';
import { planTask } from './plan-task.ts';
import type { RawExecPluginConfig } from './plugin-config.ts';
import { RawExecDriver } from './raw-exec-driver.ts';
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
import type { ExecSession } from './task-session.ts';
import { usageStream } from './usage-stream.ts';
import { unlessAborted } from './within.ts';

export class HostedDriver extends RawExecDriver {
  readonly warnings: readonly ConfigIssue[];
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

  constructor(plugin: RawExecPluginConfig, warnings: readonly ConfigIssue[], host: TaskHost) {
    super();
    this.#plugin = plugin;
    this.warnings = warnings;
    this.#host = host;
    host.events.on('exited', this.#onExited);
    host.events.on('oomKilled', this.#onOomKill);
  }

  get capabilities(): DriverCapabilities {
    return driverCapabilities(this.#host.capabilities);
  }

  fingerprint(options: FingerprintOptions = {}): AsyncIterable<Fingerprint> {
    checkKeys(options, ['intervalMs', 'signal']);
    const intervalMs = wholeNumber('intervalMs', options.intervalMs ?? 30_000, 1);
    const take = async (): Promise<Fingerprint> =>
      this.#plugin.isEnabled ? enabledFingerprint(await this.#hostFacts()) : disabledFingerprint;
    return fingerprintStream(take, intervalMs, this.#untilClosed(options.signal));
  }

  async startTask(task: DriverTask): Promise<TaskHandle> {
    this.#mustBeOpen();
    checkDriverTask(task);
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
      const plan = await planTask(task, { plugin: this.#plugin, ownEnv: process.env });
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

  async recoverTask(handle: TaskHandle, task: DriverTask): Promise<TaskStatus> {
    this.#mustBeOpen();
    checkDriverTask(task);
    const record = await this.#host.adopt(handle.id);
    const known = this.#tasks.get(handle.id);
    // Whoever waits for its end is to go on waiting for the same.
    if (known !== undefined) return known.statusOf(record);
    const entry = new DriverTaskEntry(task);
    this.#tasks.set(handle.id, entry);
    if (record.exit !== undefined) {
      entry.noteExit(record.exit);
    }
    return entry.statusOf(record);
  }

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

  async signalTask(id: string, signal: string, to: TaskSignalTarget = 'main'): Promise<void> {
    const entry = this.#find(id);
    parseSignal(signal);
    checkTarget('to', to);
    await this.#host.signal(id, signal, to);
    this.#tell(entry.event('signalled', wallClockNow(), `Sent ${signal} to ${to}`, { signal, to }));
  }

  async updateTask(id: string, limits: TaskLimits): Promise<TaskStatus> {
    const entry = this.#find(id);
    const record = await this.#host.update(id, limits);
    const names = Object.keys(limits).join(', ');
    this.#tell(entry.event('limitsChanged', wallClockNow(), `Changed ${names}`));
    return entry.statusOf(record);
  }

  async stopTask(id: string, options: StopTaskOptions = {}): Promise<TaskStatus> {
    const entry = this.#find(id);
    const steps = readStopSteps(options, entry.stopSteps);
    if (entry.exit === undefined) {
      const signal = steps[0]?.signal ?? 'SIGKILL';
      this.#tell(entry.event('stopping', wallClockNow(), describeSteps(steps), { signal }));
    }
    return entry.statusOf(await this.#host.stop(id, { steps }));
  }

  async destroyTask(id: string, options: DestroyTaskOptions = {}): Promise<void> {
    checkKeys(options, ['force']);
    this.#mustBeOpen();
    const entry = this.#tasks.get(id);
    if (entry === undefined) {
      if (options.force === true && this.#host.capabilities.canAdopt) await this.#endUnknown(id);
      return;
    }
    if (entry.exit === undefined && options.force !== true) {
      throw taskRunning(id);
    }
    await this.#host.stop(id, { steps: [] });
    // Somebody else may have destroyed it meanwhile.
    if (this.#tasks.delete(id)) {
      try {
        await this.#host.forget(id);
      } catch (error) {
        // It is still there, and may be destroyed again.
        this.#tasks.set(id, entry);
        throw error;
      }
      this.#tell(entry.event('destroyed', wallClockNow(), 'Destroyed'));
    }
  }

  async inspectTask(id: string): Promise<TaskStatus> {
    return this.#find(id).statusOf(await this.#host.status(id));
  }

  async taskStats(id: string): Promise<TaskUsage> {
    this.#find(id);
    return this.#host.stats(id);
  }

  taskStatsStream(id: string, options: TaskStatsStreamOptions = {}): AsyncIterable<TaskUsage> {
    checkKeys(options, ['intervalMs', 'signal']);
    const intervalMs = wholeNumber('intervalMs', options.intervalMs ?? 1000, 10);
    const { exited } = this.#find(id);
    const ended = new AbortController();
    void exited.then(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, this.#untilClosed(options.signal)]);
    return usageStream(() => this.#host.stats(id), intervalMs, signal);
  }

  async execTask(
    id: string,
    command: readonly [string, ...string[]],
    options: ExecTaskOptions = {},
  ): Promise<ExecResult> {
    checkKeys(options, ['timeoutMs', 'maxOutputBytes']);
    checkCommand(command);
    const { task } = this.#find(id);
    const timeoutMs = wholeNumber('timeoutMs', options.timeoutMs ?? 30_000, 1);
    const maxOutputBytes = wholeNumber('maxOutputBytes', options.maxOutputBytes ?? 65_536, 0);
    const found = await findCommand(task, command);
    return this.#host.exec(id, { ...found, timeoutMs, maxOutputBytes });
  }

  async execTaskStreaming(
    id: string,
    command: readonly [string, ...string[]],
    options: ExecTaskStreamingOptions = {},
  ): Promise<ExecSession> {
    const wish = readStreamingOptions(options);
    checkCommand(command);
    const { task, exit } = this.#find(id);
    if (exit !== undefined) throw taskNotRunning(id, 'run a command in');
    const host = this.#host;
    if (host.execStreaming === undefined) throw streamingUnsupported(host.capabilities.name);
    const found = await findCommand(task, command);
    checkNotAborted(command[0], options.signal);
    return host.execStreaming(id, { ...found, ...wish });
  }

  taskOutput(id: string): TaskStreams {
    this.#find(id);
    return this.#host.output?.(id) ?? { stdout: null, stderr: null };
  }

  async taskLogStatus(id: string): Promise<TaskLogStatus> {
    const { task } = this.#find(id);
    if (task.logs === undefined || this.#host.logStatus === undefined) throw notLogged(id);
    return this.#host.logStatus(id);
  }

  taskEvents(options: WaitOptions = {}): AsyncIterable<TaskEvent> {
    checkKeys(options, ['signal']);
    const signal = this.#untilClosed(options.signal);
    return eventStream(on(this, 'taskEvent', { signal }), signal);
  }

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

  /** Nobody has taken it over here, and it may run all the same. */
  async #endUnknown(id: string): Promise<void> {
    try {
      await this.#host.adopt(id);
    } catch (error) {
      if (hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) return;
      // What was kept with it is not understood, or its group has gone: it can be ended all the same.
      if (this.#host.discard === undefined) throw error;
      await this.#host.discard(id);
      return;
    }
    await this.#host.stop(id, { steps: [] });
    await this.#host.forget(id);
  }

  /** Not known is no reason to tell a scheduler nothing. */
  async #hostFacts(): Promise<HostFacts> {
    try {
      return { attributes: await (this.#host.attributes?.() ?? hostAttributes()) };
    } catch (error) {
      const why = messageOf(error);
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

/** As the task's own command is looked up. */
async function findCommand(
  { taskDir }: DriverTask,
  [name, ...args]: readonly [string, ...string[]],
): Promise<{ readonly command: string; readonly args: readonly string[] }> {
  const command = await findProgram(name, { taskDir, path: process.env['PATH'] ?? '' });
  return { command, args };
}
