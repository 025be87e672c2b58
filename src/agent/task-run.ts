// Owner of one task from its start to its end, output included.

import type { FileHandle } from 'node:fs/promises';
import { monotonicNowMs } from '../clock.ts';
import { passes } from '../driver/passes.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask } from '../driver/task.ts';
import { SpawnError } from '../errors.ts';
import { deferred } from './deferred.ts';
import { openLogFile, pumpOutput } from './output-pump.ts';
import type { PreparedTask } from './prepared-task.ts';
import { type InstanceEnd, RestartPolicy, restartsOnSuccess } from './restart-policy.ts';
import type { OutputStream, RunListener } from './run-listener.ts';
import type { EndCause, TaskOutcome } from './task-outcome.ts';

/** Told by a task run as soon as the process has ended; its output may still be under way. */
export type ProgressNote = (
  progress: 'running' | 'restarting' | 'succeeded' | 'failed' | 'stopped',
) => void;

export interface RunOptions {
  /** Whether tasks that have ended are started again by their restart policies. @default false */
  readonly restarts?: boolean;
}

interface Logs {
  readonly stdout?: FileHandle;
  readonly stderr?: FileHandle;
}

export class TaskRun {
  readonly #prepared: PreparedTask;
  readonly #driver: RawExecDriver;
  readonly #listener: RunListener;
  /** Absent when nothing is started again. */
  readonly #policy: RestartPolicy | undefined;
  /** Why it was made to end, once it was. */
  #cause: EndCause | undefined;
  /** Id of what runs now: the next one has another. */
  #instance: string | undefined;
  /** Settles when it is known whether there is a next instance. */
  #starting: Promise<unknown> | undefined;
  /** Ends the wait for the next start. */
  readonly #stopping = new AbortController();
  /** Resolves when nothing of it runs any more, and nothing will. */
  readonly #ended = deferred<void>();

  constructor(
    prepared: PreparedTask,
    driver: RawExecDriver,
    listener: RunListener,
    { restarts = false }: RunOptions,
  ) {
    this.#prepared = prepared;
    this.#driver = driver;
    this.#listener = listener;
    const { task, role, allocation } = prepared;
    const onSuccess = restartsOnSuccess(allocation.job.type, role);
    this.#policy = restarts ? new RestartPolicy(task.restart, onSuccess, Math.random) : undefined;
  }

  /** Starts it and stays with it. Resolves when it has ended for good and all of its output is through; never rejects for its sake. */
  async run(tell: ProgressNote): Promise<TaskOutcome> {
    const note: ProgressNote = (progress) => {
      tell(progress);
      if (progress !== 'running' && progress !== 'restarting') this.#ended.resolve();
    };
    let logs: Logs = {};
    try {
      logs = await this.#openLogs();
    } catch (error) {
      note('failed');
      return this.#tell({ kind: 'startFailed', error });
    }
    try {
      for (let number = 1; ; number += 1) {
        const outcome = await this.#runInstance(number, logs, note);
        if (outcome.restart === undefined) return this.#tell(outcome.last);
        const { reason, delayMs } = outcome.restart;
        this.#listener.restarting(this.#prepared, outcome.last, reason, delayMs);
        if (await passes(delayMs, this.#stopping.signal)) continue;
        note('stopped');
        return this.#tell(withCause(outcome.last, this.#cause));
      }
    } finally {
      await Promise.all([logs.stdout?.close(), logs.stderr?.close()]);
    }
  }

  async #runInstance(number: number, logs: Logs, note: ProgressNote): Promise<InstanceResult> {
    const startedMs = monotonicNowMs();
    const id = this.#idOf(number);
    let pid: number;
    try {
      const starting = this.#driver.startTask(this.#driverTask(id));
      this.#starting = starting;
      ({ pid } = await starting);
    } catch (error) {
      const end = isRetryable(error) ? 'startFailed' : 'startRefused';
      const restart = this.#decide(end, note);
      return { last: { kind: 'startFailed', error }, ...(restart && { restart }) };
    }
    this.#listener.started(this.#prepared, pid);
    const exited = this.#driver.waitTask(id);
    this.#instance = id;
    const pumps = this.#pump(id, logs, exited);
    note('running');
    const exit = await exited;
    this.#instance = undefined;
    const durationMs = monotonicNowMs() - startedMs;
    const cause = this.#cause;
    const restart = this.#decide(exit.exitCode === 0 ? 'succeeded' : 'failed', note);
    // What the main process has left in its group would hold the output open, and outlive the run.
    await this.#endLeftOvers(id);
    await Promise.all(pumps);
    const last = withCause({ kind: 'exited', exit, durationMs }, cause);
    return { last, ...(restart && { restart }) };
  }

  /** Tells how it goes on. @returns undefined when it has ended for good */
  #decide(end: InstanceEnd, note: ProgressNote): Restarting | undefined {
    if (this.#cause !== undefined) {
      note('stopped');
      return undefined;
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
   * Ends it by its kill signal and grace, and nothing is started again; resolves when it has ended. To be called once its start is
   * under way. `timeoutMs`: another grace, 0 for SIGKILL at once.
   */
  async stop(cause: EndCause, timeoutMs?: number): Promise<void> {
    this.#cause ??= cause;
    this.#stopping.abort();
    // A start that fails is told by who has asked for it.
    await this.#starting?.catch(() => undefined);
    if (this.#instance !== undefined) await this.#stopInstance(this.#instance, timeoutMs);
    await this.#ended.promise;
  }

  async #stopInstance(id: string, timeoutMs: number | undefined): Promise<void> {
    const { killSignal, task } = this.#prepared;
    try {
      await this.#driver.stopTask(id, {
        ...(killSignal !== undefined && { killSignal }),
        timeoutMs: timeoutMs ?? task.killTimeoutMs,
      });
    } catch (error) {
      if (!isGone(error)) this.#listener.problem(this.#prepared, messageOf(error));
    }
  }

  #idOf(number: number): string {
    const { allocation, task } = this.#prepared;
    return `${allocation.id}/${task.name}/${String(number).padStart(8, '0')}`;
  }

  #driverTask(id: string): DriverTask {
    const prepared = this.#prepared;
    const { allocation, task } = prepared;
    return {
      id,
      name: task.name,
      allocId: allocation.id,
      groupName: allocation.group.name,
      jobName: allocation.job.name,
      driverConfig: prepared.driverConfig,
      env: prepared.env,
      taskDir: prepared.paths.root,
      pipeOutput: !task.logs.isDisabled,
      resources: {
        cpu: task.resources.cpuMHz,
        cores: task.resources.cores,
        memoryMb: task.resources.memoryMB,
        memoryMaxMb: task.resources.memoryMaxMB,
      },
      ...(prepared.user !== undefined && { user: prepared.user }),
    };
  }

  async #openLogs(): Promise<Logs> {
    const { paths, task } = this.#prepared;
    if (task.logs.isDisabled) return {};
    const stdout = await openLogFile(paths.stdoutLog);
    try {
      return { stdout, stderr: await openLogFile(paths.stderrLog) };
    } catch (error) {
      await stdout.close();
      throw error;
    }
  }

  #pump(id: string, logs: Logs, ended: Promise<unknown>): Promise<void>[] {
    if (this.#prepared.task.logs.isDisabled) return [];
    const streams = this.#driver.taskOutput(id);
    return (['stdout', 'stderr'] as const).map(async (name) => {
      const stream = streams[name];
      if (stream !== null) await pumpOutput(stream, logs[name], this.#sink(name), ended);
    });
  }

  #sink(name: OutputStream): Parameters<typeof pumpOutput>[2] {
    return {
      write: (chunk) => this.#listener.output(this.#prepared, name, chunk),
      logFailed: (error) =>
        this.#listener.problem(
          this.#prepared,
          `its ${name} is no longer logged: ${messageOf(error)}`,
        ),
    };
  }

  async #endLeftOvers(id: string): Promise<void> {
    try {
      await this.#driver.destroyTask(id);
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

/** The task ended, and was forgotten, before the request reached it. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_TASK_UNKNOWN';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
