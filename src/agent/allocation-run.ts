// Owner of one allocation while it runs: starts and ends its tasks in the order that task-order.ts decides.

import { setTimeout as delay } from 'node:timers/promises';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { deferred, type PromiseWithResolvers } from './deferred.ts';
import type { PreparedAllocation } from './prepared-job.ts';
import type { PreparedTask } from './prepared-task.ts';
import type { RunListener } from './run-listener.ts';
import { isLive, type NextStep, nextStep, type TaskProgress } from './task-order.ts';
import type { EndCause, TaskOutcome } from './task-outcome.ts';
import { type EarlierTask, type RunOptions, TaskRun } from './task-run.ts';

interface Entry {
  readonly prepared: PreparedTask;
  readonly run: TaskRun;
  progress: TaskProgress;
  /** When its process was asked for: resolves once it is known whether there is one. */
  started: PromiseWithResolvers<void>;
  outcome: Promise<TaskOutcome> | undefined;
}

/** What became of one task of the run. */
export interface TaskResult {
  readonly prepared: PreparedTask;
  readonly outcome: TaskOutcome;
}

export class AllocationRun {
  readonly #prepared: PreparedAllocation;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #finished = deferred<void>();
  /** Aborted when everything has to end at once: pauses before signals are cut short. */
  readonly #hurry = new AbortController();
  readonly #earlier: RunOptions['earlier'];
  #isStopping = false;
  #isEnding = false;

  constructor(
    prepared: PreparedAllocation,
    driver: RawExecDriver,
    listener: RunListener,
    options: RunOptions,
  ) {
    this.#prepared = prepared;
    this.#entries = new Map(
      prepared.tasks.map((task) => {
        const run = new TaskRun(task, driver, listener, options);
        return [task.task.name, entryOf(task, run, options.earlier?.get(task.task.name))];
      }),
    );
    this.#earlier = options.earlier;
    // Waited for in the end; until then a failure must not count as unheard.
    this.#finished.promise.catch(() => undefined);
  }

  /** Runs all tasks to their end. */
  async run(): Promise<TaskResult[]> {
    // What an earlier run has started is taken over before anything is decided: it may have to end, and nothing else would end it.
    for (const [name, { instance, outcome }] of this.#earlier ?? []) {
      const entry = this.#entry(name);
      if (outcome === undefined && instance > 0) this.#start(entry);
    }
    this.#advance();
    for (const [name, { outcome }] of this.#earlier ?? []) {
      if (outcome !== undefined) await this.#entry(name).run.forgetEarlier();
    }
    await this.#finished.promise;
    return Promise.all(
      [...this.#entries.values()].map(async ({ prepared, outcome }) => ({
        prepared,
        outcome: await (outcome ?? notStarted({ reason: 'requested' })),
      })),
    );
  }

  /** Ends all tasks by their own signals and graces; tasks that come after the end of the others still run. */
  stop(): void {
    if (!this.#isStopping) {
      this.#isStopping = true;
      // A poststop task that runs already is no different from the others now.
      this.#endNow((entry) => entry.prepared.role === 'poststop', undefined);
    }
    this.#advance();
  }

  /** Ends what runs of a task, and starts it again at once. @returns false when nothing of it runs, or all are ending */
  restart(task: string): boolean {
    if (this.#isStopping || this.#isEnding) return false;
    return this.#entry(task).run.restart();
  }

  /** Ends all tasks by SIGKILL; nothing is started any more. */
  kill(): void {
    this.#isStopping = true;
    this.#hurry.abort();
    for (const entry of this.#entries.values()) {
      if (entry.progress === 'pending') this.#cancel(entry, { reason: 'requested' });
    }
    this.#endNow(() => true, 0);
    this.#advance();
  }

  /** Computes what is to be done, and does it. Called after each change. */
  #advance(): void {
    const step = nextStep(
      [...this.#entries].map(([name, { prepared, progress }]) => ({
        name,
        role: prepared.role,
        isLeader: prepared.task.isLeader,
        progress,
      })),
      this.#isStopping,
    );
    if (step.end !== undefined) this.#end(step.end);
    for (const name of step.start) this.#start(this.#entry(name));
    if (step.isDone) this.#finished.resolve();
  }

  #start(entry: Entry): void {
    entry.progress = 'starting';
    entry.outcome = entry.run.run((progress) => {
      entry.progress = progress;
      entry.started.resolve();
      // Not from inside the notice: the run has work of its own to finish first.
      queueMicrotask(() => this.#advance());
    });
    entry.outcome.catch((error: unknown) => this.#finished.reject(error));
  }

  #end({ reason, because, waves, cancel }: NonNullable<NextStep['end']>): void {
    const cause: EndCause = { reason, ...(because !== undefined && { because }) };
    for (const name of cancel) this.#cancel(this.#entry(name), cause);
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#endWaves(waves, cause).then(
        () => {
          this.#isEnding = false;
          this.#advance();
        },
        (error: unknown) => this.#finished.reject(error),
      );
    }
  }

  async #endWaves(waves: readonly (readonly string[])[], cause: EndCause): Promise<void> {
    if (waves.length > 0) await this.#pause(this.#prepared.allocation.group.shutdownDelayMs);
    for (const wave of waves) {
      await Promise.all(wave.map((name) => this.#endTask(this.#entry(name), cause)));
    }
  }

  async #endTask(entry: Entry, cause: EndCause): Promise<void> {
    await entry.started.promise;
    await this.#pause(entry.prepared.task.shutdownDelayMs);
    await entry.run.stop(cause, this.#hurry.signal.aborted ? 0 : undefined);
  }

  /** Ends running tasks outside the waves. */
  #endNow(applies: (entry: Entry) => boolean, timeoutMs: number | undefined): void {
    for (const entry of this.#entries.values()) {
      if (!isLive(entry) || !applies(entry)) continue;
      entry.started.promise
        .then(() => entry.run.stop({ reason: 'requested' }, timeoutMs))
        .catch((error: unknown) => this.#finished.reject(error));
    }
  }

  #cancel(entry: Entry, cause: EndCause): void {
    entry.progress = 'stopped';
    entry.outcome = notStarted(cause);
    entry.started.resolve();
  }

  /** A shutdown delay; cut short by `kill`. */
  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#hurry.signal.aborted) return;
    await delay(ms, undefined, { signal: this.#hurry.signal }).catch((error: unknown) => {
      if (!this.#hurry.signal.aborted) throw error;
    });
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`there is no task ${name}`);
    return entry;
  }
}

function entryOf(prepared: PreparedTask, run: TaskRun, earlier: EarlierTask | undefined): Entry {
  const started = deferred<void>();
  const outcome = earlier?.outcome;
  if (outcome === undefined) {
    return { prepared, run, progress: 'pending', started, outcome: undefined };
  }
  started.resolve();
  const progress = progressAfter(outcome);
  return { prepared, run, progress, started, outcome: Promise.resolve(outcome) };
}

function progressAfter(outcome: TaskOutcome): TaskProgress {
  if (outcome.kind === 'startFailed') return 'failed';
  if (outcome.cause !== undefined || outcome.kind === 'notStarted') return 'stopped';
  return outcome.exit.exitCode === 0 ? 'succeeded' : 'failed';
}

function notStarted(cause: EndCause): Promise<TaskOutcome> {
  return Promise.resolve({ kind: 'notStarted', cause });
}
