// Owner of one task from its first start to its end for good: instance after instance, as its restart policy says.

import { monotonicNowMs } from '../clock.ts';
import { passes } from '../driver/passes.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { SpawnError } from '../errors.ts';
import { messageOf } from '../message-of.ts';
import { deferred } from './deferred.ts';
import type { PreparedTask } from './prepared-task.ts';
import { type InstanceEnd, RestartPolicy, restartsOnSuccess } from './restart-policy.ts';
import type { RunListener } from './run-listener.ts';
import { type TaskInstance, TaskInstances } from './task-instances.ts';
import { hostLogs, type TaskLogFiles, watchedLogs } from './task-logs.ts';
import type { EndCause, TaskOutcome } from './task-outcome.ts';

/** Told by a task run as soon as the process has ended; its output may still be under way. */
export type ProgressNote = (
  progress: 'running' | 'restarting' | 'succeeded' | 'failed' | 'stopped',
) => void;

export interface RunOptions {
  /** Whether tasks that have ended are started again by their restart policies. @default false */
  readonly restarts?: boolean;
  /**
   * `'watched'`: their output comes through this process and is told to the listener; `'host'`: the driver's host writes the log
   * files. @default 'watched'
   */
  readonly logs?: 'watched' | 'host';
  /** What an earlier run of the same allocation has left, by the names of its tasks. */
  readonly earlier?: ReadonlyMap<string, EarlierTask>;
}

/** A task of an earlier run. */
export interface EarlierTask {
  /** Number of the last instance that was started; 0 before the first. */
  readonly instance: number;
  /** Its end for good, if it has told that. */
  readonly outcome?: TaskOutcome;
  /** That instance was to end only to be started again. */
  readonly isRestarting?: boolean;
}

export class TaskRun {
  readonly #prepared: PreparedTask;
  readonly #listener: RunListener;
  readonly #instances: TaskInstances;
  readonly #logs: TaskLogFiles;
  readonly #earlier: EarlierTask | undefined;
  /** Absent when nothing is started again. */
  readonly #policy: RestartPolicy | undefined;
  /** Why it was made to end, once it was. */
  #cause: EndCause | undefined;
  /** Id of what runs now: the next one has another. */
  #current: string | undefined;
  /** In place of the task's own. */
  #graceMs: number | undefined;
  /** What runs is to end only to be started again. */
  #isRestartAsked = false;
  /** Ends the wait for the next start. */
  readonly #stopping = new AbortController();
  /** Resolves when nothing of it runs any more, and nothing will. */
  readonly #ended = deferred<void>();

  constructor(
    prepared: PreparedTask,
    driver: RawExecDriver,
    listener: RunListener,
    { restarts = false, logs = 'watched', earlier }: RunOptions,
  ) {
    this.#prepared = prepared;
    this.#listener = listener;
    this.#logs = logs === 'host' ? hostLogs(prepared) : watchedLogs(prepared, driver, listener);
    this.#instances = new TaskInstances(prepared, driver, this.#logs.forDriver);
    const { task, role, allocation } = prepared;
    this.#earlier = earlier?.get(task.name);
    const onSuccess = restartsOnSuccess(allocation.job.type, role);
    this.#policy = restarts ? new RestartPolicy(task.restart, onSuccess, Math.random) : undefined;
  }

  /** Starts it and stays with it. Resolves when it has ended for good and all of its output is through; never rejects for its sake. */
  async run(tell: ProgressNote): Promise<TaskOutcome> {
    const note: ProgressNote = (progress) => {
      tell(progress);
      if (progress !== 'running' && progress !== 'restarting') this.#ended.resolve();
    };
    try {
      await this.#logs.open();
    } catch (error) {
      note('failed');
      return this.#tell({ kind: 'startFailed', error });
    }
    try {
      const found = await this.#findEarlier();
      const last = found?.number ?? this.#earlier?.instance ?? 0;
      let result =
        found === undefined
          ? await this.#runInstance(last + 1, note)
          : await this.#attend(found, note);
      for (let number = last + 1; result.restart !== undefined; ) {
        const { reason, delayMs } = result.restart;
        this.#listener.restarting(this.#prepared, result.last, reason, delayMs);
        // The shortest timer is a millisecond, and more on a busy machine.
        const isDue =
          delayMs === 0
            ? !this.#stopping.signal.aborted
            : await passes(delayMs, this.#stopping.signal);
        if (!isDue) {
          note('stopped');
          return this.#tell(withCause(result.last, this.#cause));
        }
        if (result.hasRun) number += 1;
        result = await this.#runInstance(number, note);
      }
      return this.#tell(result.last);
    } finally {
      await this.#logs.close();
    }
  }

  /** Lets the host forget what the earlier run has told the end of, and had no time to forget. */
  async forgetEarlier(): Promise<void> {
    const { instance = 0 } = this.#earlier ?? {};
    const found = instance === 0 ? undefined : await this.#instances.find(instance);
    if (found !== undefined) await this.#forget(found.id);
  }

  /** What an earlier run has started last, unless that is forgotten. */
  async #findEarlier(): Promise<TaskInstance | undefined> {
    const { instance = 0 } = this.#earlier ?? {};
    if (instance === 0) return undefined;
    // The next one is started when this one is forgotten, and that may have been all that the earlier run had time for.
    return (await this.#instances.find(instance)) ?? this.#instances.find(instance + 1);
  }

  async #runInstance(number: number, note: ProgressNote): Promise<InstanceResult> {
    if (this.#cause !== undefined) {
      note('stopped');
      return { hasRun: false, last: { kind: 'notStarted', cause: this.#cause } };
    }
    let instance: TaskInstance;
    try {
      instance = await this.#instances.start(number);
    } catch (error) {
      const end = isRetryable(error) ? 'startFailed' : 'startRefused';
      const restart = this.#decide(end, note);
      return { hasRun: false, last: { kind: 'startFailed', error }, ...(restart && { restart }) };
    }
    return this.#attend(instance, note);
  }

  /** Stays with an instance until it has ended and is forgotten. */
  async #attend(instance: TaskInstance, note: ProgressNote): Promise<InstanceResult> {
    const { id, number, startedAt, exited } = instance;
    this.#current = id;
    this.#isRestartAsked =
      number === this.#earlier?.instance && this.#earlier.isRestarting === true;
    // Somebody has asked for its end while it was being started, or an earlier agent had no time to tell it.
    if (this.#cause !== undefined || this.#isRestartAsked) void this.#endCurrent();
    const through = this.#logs.follow(id, exited);
    this.#listener.started(this.#prepared, instance);
    note('running');
    const exit = await exited;
    this.#current = undefined;
    const durationMs = Math.max(0, exit.exitedAt.getTime() - startedAt.getTime());
    const cause = this.#cause;
    const restart = this.#decide(exit.exitCode === 0 ? 'succeeded' : 'failed', note);
    const last = withCause({ kind: 'exited', exit, durationMs }, cause);
    // Before it is forgotten: whoever keeps this never has to ask for it again.
    await this.#listener.instanceEnded?.(this.#prepared, last, restart !== undefined);
    await this.#forget(id);
    await through;
    return { hasRun: true, last, ...(restart && { restart }) };
  }

  /** Tells how it goes on. @returns undefined when it has ended for good */
  #decide(end: InstanceEnd, note: ProgressNote): Restarting | undefined {
    if (this.#cause !== undefined) {
      note('stopped');
      return undefined;
    }
    if (this.#isRestartAsked) {
      // Once: a start that fails next is a matter of the policy.
      this.#isRestartAsked = false;
      note('restarting');
      return { delayMs: 0, reason: 'somebody has asked for it' };
    }
    const decision = this.#policy?.decide(end, monotonicNowMs());
    if (decision?.kind === 'restart') {
      note('restarting');
      return decision;
    }
    note(end === 'succeeded' ? 'succeeded' : 'failed');
    if (decision?.kind === 'giveUp' && end !== 'startRefused') {
      this.#listener.problem(this.#prepared, `not started again: ${decision.reason}`);
    }
    return undefined;
  }

  /**
   * Ends it by its kill signal and grace, and nothing is started again; resolves when it has ended. To be called once `run` was.
   * `timeoutMs`: another grace, 0 for SIGKILL at once.
   */
  async stop(cause: EndCause, timeoutMs?: number): Promise<void> {
    this.#cause ??= cause;
    this.#graceMs = timeoutMs ?? this.#graceMs;
    this.#stopping.abort();
    await this.#endCurrent();
    await this.#ended.promise;
  }

  /**
   * Ends what runs by its kill signal and grace, and starts the next instance at once; its policy neither decides nor counts that.
   * @returns false when nothing runs
   */
  restart(): boolean {
    if (this.#current === undefined || this.#cause !== undefined) return false;
    this.#isRestartAsked = true;
    void this.#endCurrent();
    return true;
  }

  async #endCurrent(): Promise<void> {
    if (this.#current === undefined) return;
    await this.#tellProblem(this.#instances.stop(this.#current, this.#graceMs));
  }

  #forget(id: string): Promise<void> {
    return this.#tellProblem(this.#instances.forget(id));
  }

  async #tellProblem(doing: Promise<void>): Promise<void> {
    try {
      await doing;
    } catch (error) {
      this.#listener.problem(this.#prepared, messageOf(error));
    }
  }

  #tell(outcome: TaskOutcome): TaskOutcome {
    this.#listener.ended(this.#prepared, outcome);
    return outcome;
  }
}

interface Restarting {
  readonly delayMs: number;
  readonly reason: string;
}

interface InstanceResult {
  /** Whether its number is taken. */
  readonly hasRun: boolean;
  readonly last: TaskOutcome;
  /** Absent when it has ended for good. */
  readonly restart?: Restarting;
}

function withCause(outcome: TaskOutcome, cause: EndCause | undefined): TaskOutcome {
  return outcome.kind === 'exited' && cause !== undefined ? { ...outcome, cause } : outcome;
}

/** What may be there at another time: processes, memory, descriptors. */
function isRetryable(error: unknown): boolean {
  return error instanceof SpawnError && error.isRetryable;
}
