// Owner of one task of the in-process host: its process, its record, and its end.

import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { OomCount } from '../cgroup/oom-watch.ts';
import { wallClockNow } from '../clock.ts';
import {
  type MainProcess,
  signalContained,
  type TaskSignalTarget,
} from '../containment/signal-contained.ts';
import { stopContained } from '../containment/stop-contained.ts';
import { type SignalName, signalName } from '../signals.ts';
import { parseSignal, taskNotRunning } from './driver-errors.ts';
import { appliedLimits, type HeldTask } from './held-task.ts';
import { StopSignals } from './stop-signals.ts';
import { taskExit } from './task-exit.ts';
import type { StopRequest, TaskPlan, TaskRecord, TaskStreams } from './task-host.ts';
import { TaskStuckError } from './task-stuck-error.ts';
import { noGroupToLimit } from './tree-limits.ts';

/** What a host gives to each of its tasks. */
export interface HostedTaskOptions {
  readonly id: string;
  readonly plan: TaskPlan;
  readonly held: HeldTask;
  /** How long the end after SIGKILL may take. */
  readonly killGraceMs: number;
  /** OOM kills in its group so far; undefined where they cannot be told. */
  readonly oomCount: () => OomCount | undefined;
  /** Called once, when the main process has ended. */
  readonly onExit: (record: TaskRecord) => void;
}

export class HostedTask {
  readonly plan: TaskPlan;
  readonly held: HeldTask;
  readonly #id: string;
  readonly #killGraceMs: number;
  readonly #main: MainProcess;
  readonly #signals: StopSignals;
  #record: TaskRecord;

  constructor({ id, plan, held, killGraceMs, oomCount, onExit }: HostedTaskOptions) {
    this.#id = id;
    this.plan = plan;
    this.held = held;
    this.#killGraceMs = killGraceMs;
    const { child, containment, notApplied } = held;
    this.#signals = new StopSignals(child);
    this.#main = this.#signals.main;
    this.#record = Object.freeze({
      id,
      state: 'running',
      pid: child.pid,
      startedAt: wallClockNow(),
      containment: containment.kind,
      notApplied,
    });
    child.once('exit', (status) => {
      const exit = taskExit(status, { ...this.#signals.facts, oom: oomCount() });
      this.#record = Object.freeze({ ...this.#record, state: 'exited', exit });
      onExit(this.#record);
    });
  }

  /** With the limits as the kernel has them now. */
  get record(): TaskRecord {
    if (this.#record.state === 'exited' || this.held.group === undefined) return this.#record;
    return Object.freeze({ ...this.#record, limits: appliedLimits(this.held) });
  }

  get isRunning(): boolean {
    return this.#record.state === 'running';
  }

  get streams(): TaskStreams {
    return { stdout: this.held.child.stdout, stderr: this.held.child.stderr };
  }

  /** To the whole task also when its main process has ended and others have not. */
  async signal(signal: string, to: TaskSignalTarget): Promise<void> {
    const { child, containment } = this.held;
    const number = parseSignal(signal);
    // To its process group too: the main process leads it.
    if (number === 9) this.#signals.noteKill();
    const isThere = to === 'cgroup' ? !containment.isEmpty() : child.status === undefined;
    const outcome = isThere ? await signalContained(child, containment, number, to) : undefined;
    if (outcome === undefined || outcome.reached === 0) {
      throw taskNotRunning(this.#id, `send ${signal} to`);
    }
  }

  /** Rejects when the task has no group, or the kernel does not take a limit. */
  async update(limits: TaskLimits): Promise<void> {
    const { group } = this.held;
    if (!this.isRunning) throw taskNotRunning(this.#id, 'change limits of');
    if (group === undefined) throw noGroupToLimit(this.#id);
    await group.update(limits);
  }

  /** Down the ladder, until nothing of the task is left. What an earlier call has sent is waited for, not sent again. */
  async stop({ steps, killGraceMs = this.#killGraceMs }: StopRequest): Promise<TaskRecord> {
    const ladder = steps.map((step) => ({
      ...step,
      signal: signalName(parseSignal(step.signal)) as SignalName,
    }));
    this.#signals.noteStop();
    const { survivors } = await stopContained(this.#main, this.held.containment, {
      steps: ladder,
      killGraceMs,
    });
    if (survivors.length > 0) throw new TaskStuckError(this.#id, survivors);
    return this.record;
  }

  /** Lets go of what held it together, which must be empty by now. */
  async release(): Promise<void> {
    this.held.containment.close();
    await this.held.group?.remove();
  }
}
