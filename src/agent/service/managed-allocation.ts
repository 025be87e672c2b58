// Owner of one allocation of the agent: its record, its directory, and its run. Every change is in the file before it matters.

import { setTimeout as delay } from 'node:timers/promises';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import { RawExecError } from '../../errors.ts';
import { messageOf } from '../../message-of.ts';
import type { AgentLog, LogIds } from '../agent-log.ts';
import {
  makeAllocationDirectory,
  makeTaskDirectory,
  openAllocationDirectory,
  removeAllocationDirectory,
} from '../allocation-directory.ts';
import { AllocationRun } from '../allocation-run.ts';
import { instanceId } from '../instance-id.ts';
import type { AgentCounters } from '../metrics/agent-counters.ts';
import type { PreparedAllocation } from '../prepared-job.ts';
import type { PreparedTask } from '../prepared-task.ts';
import type { RunListener, StartedInstance } from '../run-listener.ts';
import type { SecretsMounts } from '../secrets-mounts.ts';
import { recordedOutcome } from '../state/outcome-record.ts';
import type { AllocationRecord, TaskRecord } from '../state/records.ts';
import { TaskInstances } from '../task-instances.ts';
import type { TaskOutcome } from '../task-outcome.ts';
import { ownerFor } from '../task-owner.ts';
import type { EarlierTask } from '../task-run.ts';
import { endFor, endWith } from './task-end.ts';
import { addEndEvent, addEvent } from './task-events.ts';

/** Who keeps it, and is told of its changes. */
export interface AllocationKeeper {
  readonly driver: RawExecDriver;
  readonly counters: AgentCounters;
  /** Sets the record's index and time, and writes it. */
  changed(record: AllocationRecord): Promise<void>;
  /** Nothing of it runs, and nothing will. */
  ended(allocation: ManagedAllocation): void;
  readonly log: AgentLog;
  readonly secrets: SecretsMounts;
}

/** How long to wait before a record is written again that could not be: the disk is full, most likely. */
const rewriteMs = 1000;

export class ManagedAllocation implements RunListener {
  readonly record: AllocationRecord;
  readonly prepared: PreparedAllocation;
  readonly #keeper: AllocationKeeper;
  #run: AllocationRun | undefined;
  #isLeaving = false;

  constructor(record: AllocationRecord, prepared: PreparedAllocation, keeper: AllocationKeeper) {
    this.record = record;
    this.prepared = prepared;
    this.#keeper = keeper;
  }

  /** Makes its directories and starts its tasks; resolves when all have ended. Failures are told by the record. */
  async begin(): Promise<void> {
    const { allocation, tasks } = this.prepared;
    if (this.record.desired === 'stop') return this.#withdraw();
    try {
      // An earlier agent may have made some of it.
      await this.remove();
      await makeAllocationDirectory(allocation.paths);
      for (const task of tasks) {
        const owner = await ownerFor(task);
        await makeTaskDirectory(task.paths, owner);
        await this.#keeper.secrets.mount(task.paths, owner);
      }
      await openAllocationDirectory(allocation.paths);
      this.record.isBegun = true;
      await this.#keeper.changed(this.record);
    } catch (error) {
      for (const task of Object.values(this.record.tasks)) {
        endWith(task, { kind: 'startFailed', error });
      }
      return this.#settle();
    }
    // Somebody may have asked for its end meanwhile.
    await (this.#isUnwanted() ? this.#withdraw() : this.#runTasks(undefined));
  }

  /** Takes over what an earlier agent has started; resolves when all have ended. */
  async resume(): Promise<void> {
    for (const prepared of this.prepared.tasks) {
      await this.#findFirst(prepared);
      await this.#restoreSecrets(prepared);
    }
    const earlier = new Map<string, EarlierTask>();
    for (const [name, task] of Object.entries(this.record.tasks)) {
      const { instance, outcome, restartOf, state } = task;
      earlier.set(name, {
        instance,
        // Asked for; or decided when it had ended, and it was not forgotten yet.
        isRestarting: restartOf === instance || (state === 'pending' && instance > 0),
        ...(outcome !== undefined && { outcome: recordedOutcome(outcome) }),
      });
    }
    await this.#runTasks(earlier);
  }

  /**
   * The earlier agent may have started the first instance and had no time to write that down: whether there is one decides what else is
   * started. Of later ones a task's run looks for the next by itself.
   */
  async #findFirst(prepared: PreparedTask): Promise<void> {
    const task = this.#taskOf(prepared);
    if (task.outcome !== undefined || task.instance > 0) return;
    const instances = new TaskInstances(prepared, this.#keeper.driver, {});
    const first = await instances.find(1);
    if (first !== undefined) this.started(prepared, first);
  }

  async #restoreSecrets(prepared: PreparedTask): Promise<void> {
    const { secrets } = this.#keeper;
    if (secrets.isLost(prepared.paths))
      await secrets.mount(prepared.paths, await ownerFor(prepared));
  }

  /** Asks all tasks to end. To be called after `begin` or `resume`. */
  async end(reason: string): Promise<void> {
    if (this.record.desired === 'run') {
      this.record.desired = 'stop';
      this.record.desiredReason = reason;
      for (const task of this.#liveTasks()) addEvent(task, 'Killing', `Asked to end: ${reason}`);
      try {
        await this.#keeper.changed(this.record);
      } finally {
        // That it could not be written down is no reason to let it run.
        this.#run?.stop();
      }
    }
    this.#run?.stop();
  }

  /**
   * Ends the instances of these tasks that run, and starts them again. Rejects with `ERR_TASK_NOT_RUNNING` for the first of them of
   * which nothing runs; the others are as they were then.
   */
  async restart(names: readonly string[]): Promise<void> {
    const tasks = names.map((name) => [name, this.#runningTask(name)] as const);
    for (const [, task] of tasks) {
      task.restartOf = task.instance;
      addEvent(task, 'Restart Signaled', 'Asked to start again');
    }
    // An agent that takes over now must not count the end that comes.
    try {
      await this.#keeper.changed(this.record);
    } catch (error) {
      for (const [, task] of tasks) delete task.restartOf;
      throw error;
    }
    for (const [name, task] of tasks) {
      // It has ended by itself in the meantime, and its policy has decided.
      if (this.#run?.restart(name) !== true) delete task.restartOf;
    }
  }

  /** Rejects with `ERR_TASK_NOT_RUNNING`, and as the driver's `signalTask`. */
  async signal(names: readonly string[], signal: string): Promise<void> {
    const tasks = names.map((name) => [name, this.#runningTask(name)] as const);
    for (const [name, task] of tasks) {
      const id = instanceId(this.record.id, name, task.instance);
      await this.#keeper.driver.signalTask(id, signal);
      addEvent(task, 'Signaling', `Got ${signal}`, { signal });
    }
    await this.#keeper.changed(this.record);
  }

  /** The agent leaves; the tasks go on. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Removes its directory. */
  async remove(): Promise<void> {
    for (const { paths } of this.prepared.tasks) await this.#keeper.secrets.unmount(paths);
    await removeAllocationDirectory(this.prepared.allocation.paths);
  }

  async #runTasks(earlier: ReadonlyMap<string, EarlierTask> | undefined): Promise<void> {
    const options = { restarts: true, logs: 'host', ...(earlier && { earlier }) } as const;
    this.#run = new AllocationRun(this.prepared, this.#keeper.driver, this, options);
    const running = this.#run.run();
    if (this.record.desired === 'stop') this.#run.stop();
    try {
      const results = await running;
      for (const { prepared, outcome } of results) {
        const task = this.#taskOf(prepared);
        if (task.outcome === undefined) endWith(task, outcome);
      }
    } catch (error) {
      if (this.#isLeaving) return;
      throw error;
    }
    await this.#settle();
  }

  async #settle(): Promise<void> {
    this.record.isOver = true;
    for (const task of Object.values(this.record.tasks)) task.isThrough = true;
    const written = this.#written();
    // What is decided about its successor is in the same write: no agent finds the one without the other.
    this.#keeper.ended(this);
    await written;
  }

  #isUnwanted(): boolean {
    return this.record.desired === 'stop';
  }

  /** Nothing of it is started. */
  async #withdraw(): Promise<void> {
    for (const task of Object.values(this.record.tasks)) {
      endWith(task, { kind: 'notStarted', cause: { reason: 'requested' } });
    }
    await this.#settle();
  }

  /** Resolves when the record is in its file; as long as that fails it is tried again: what comes next relies on it. */
  async #written(): Promise<void> {
    for (;;) {
      try {
        await this.#keeper.changed(this.record);
        return;
      } catch (error) {
        this.#tellUnwritten(error);
        await delay(rewriteMs);
      }
    }
  }

  started(prepared: PreparedTask, instance: StartedInstance): void {
    const { number, pid, startedAt, startMs } = instance;
    if (startMs !== undefined) this.#keeper.counters.noteStart(startMs);
    const task = this.#taskOf(prepared);
    const isNew = number !== task.instance;
    const isKnown = !isNew && task.pid === pid && task.state === 'running';
    task.instance = number;
    task.pid = pid;
    task.state = 'running';
    if (isNew) {
      task.startedAt = startedAt.getTime();
      addEvent(task, 'Started', 'Started', { pid: String(pid) });
    }
    this.#keeper.log.debug(
      `${this.#name(prepared)} ${isNew ? 'runs' : 'still runs'} as process ${pid}`,
      this.#ids(prepared),
    );
    // Most of what is taken over is as it was.
    if (!isKnown) this.#note();
  }

  output(): Promise<void> {
    // The keeper's pumps write it to the log files.
    return Promise.resolve();
  }

  async instanceEnded(
    prepared: PreparedTask,
    outcome: TaskOutcome,
    isRestarting: boolean,
  ): Promise<void> {
    const task = this.#taskOf(prepared);
    delete task.pid;
    delete task.restartOf;
    addEndEvent(task, outcome);
    this.#keeper.log.debug(
      `${this.#name(prepared)}: ${task.events.at(-1)?.message}`,
      this.#ids(prepared),
    );
    if (isRestarting) task.state = 'pending';
    else endFor(task, outcome);
    await this.#written();
  }

  restarting(prepared: PreparedTask, last: TaskOutcome, reason: string, delayMs: number): void {
    const task = this.#taskOf(prepared);
    if (last.kind !== 'exited') {
      addEndEvent(task, last);
      this.#keeper.counters.noteFailure(last);
    }
    task.state = 'pending';
    task.restarts += 1;
    this.#keeper.counters.restarts += 1;
    task.lastRestartAt = Date.now();
    const how = `in ${delayMs / 1000} s: ${reason}`;
    addEvent(task, 'Restarting', `Starts again ${how}`, { start_delay: String(delayMs) });
    this.#keeper.log.info(`${this.#name(prepared)} starts again ${how}`, this.#ids(prepared));
    this.#note();
  }

  ended(prepared: PreparedTask, outcome: TaskOutcome): void {
    const task = this.#taskOf(prepared);
    if (task.outcome === undefined) {
      endWith(task, outcome);
      this.#keeper.counters.noteFailure(outcome);
    }
    task.isThrough = true;
    this.#note();
  }

  problem(prepared: PreparedTask, message: string): void {
    addEvent(this.#taskOf(prepared), 'Problem', message);
    this.#keeper.log.warn(`${this.#name(prepared)}: ${message}`, this.#ids(prepared));
    this.#note();
  }

  /** A file that cannot be written is told by the log: the tasks go on. */
  #note(): void {
    this.#keeper.changed(this.record).catch((error: unknown) => this.#tellUnwritten(error));
  }

  #tellUnwritten(error: unknown): void {
    const { id, jobId } = this.record;
    const what = `cannot write the state of allocation ${id}: ${messageOf(error)}`;
    this.#keeper.log.error(what, { job: jobId, allocation: id });
  }

  #runningTask(name: string): TaskRecord {
    const task = this.record.tasks[name];
    if (task?.state === 'running') return task;
    throw new RawExecError(
      'ERR_TASK_NOT_RUNNING',
      `task ${JSON.stringify(name)} of allocation ${this.record.id} is not running`,
    );
  }

  #name({ task }: PreparedTask): string {
    return `task ${task.name} of allocation ${this.record.id} (${this.record.name})`;
  }

  #ids({ task }: PreparedTask): LogIds {
    return { job: this.record.jobId, allocation: this.record.id, task: task.name };
  }

  #liveTasks(): TaskRecord[] {
    return Object.values(this.record.tasks).filter(({ outcome }) => outcome === undefined);
  }

  #taskOf({ task }: PreparedTask): TaskRecord {
    const record = this.record.tasks[task.name];
    if (record === undefined) throw new Error(`there is no task ${task.name}`);
    return record;
  }
}
