// Owner of one task from its start to its end, output included.

import type { FileHandle } from 'node:fs/promises';
import { monotonicNowMs } from '../clock.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask } from '../driver/task.ts';
import type { TaskExit } from '../driver/task-host.ts';
import { openLogFile, pumpOutput } from './output-pump.ts';
import type { PreparedTask } from './prepared-task.ts';
import type { OutputStream, RunListener } from './run-listener.ts';
import type { EndCause, TaskOutcome } from './task-outcome.ts';

/** Told by a task run as soon as the process has ended; its output may still be under way. */
export type ProgressNote = (progress: 'running' | 'succeeded' | 'failed' | 'stopped') => void;

interface Logs {
  readonly stdout?: FileHandle;
  readonly stderr?: FileHandle;
}

export class TaskRun {
  readonly #prepared: PreparedTask;
  readonly #driver: RawExecDriver;
  readonly #listener: RunListener;
  readonly #id: string;
  /** Why it was made to end, once it was. */
  #cause: EndCause | undefined;
  #exited: Promise<TaskExit> | undefined;

  constructor(prepared: PreparedTask, driver: RawExecDriver, listener: RunListener) {
    this.#prepared = prepared;
    this.#driver = driver;
    this.#listener = listener;
    this.#id = `${prepared.allocation.id}/${prepared.task.name}/00000001`;
  }

  /** Starts it and stays with it. Resolves when it has ended and all of its output is through; never rejects for its sake. */
  async run(note: ProgressNote): Promise<TaskOutcome> {
    const startedMs = monotonicNowMs();
    let pid: number;
    let logs: Logs = {};
    try {
      logs = await this.#openLogs();
      ({ pid } = await this.#driver.startTask(this.#driverTask()));
    } catch (error) {
      await Promise.all([logs.stdout?.close(), logs.stderr?.close()]);
      note('failed');
      return this.#tell({ kind: 'startFailed', error });
    }
    this.#listener.started(this.#prepared, pid);
    const exited = this.#driver.waitTask(this.#id);
    this.#exited = exited;
    const pumps = this.#pump(logs, exited);
    note('running');
    const exit = await exited;
    const durationMs = monotonicNowMs() - startedMs;
    const cause = this.#cause;
    if (cause !== undefined) note('stopped');
    else note(exit.exitCode === 0 ? 'succeeded' : 'failed');
    // What the main process has left in its group would hold the output open, and outlive the run.
    await this.#endLeftOvers();
    await Promise.all(pumps);
    return this.#tell({ kind: 'exited', exit, durationMs, ...(cause && { cause }) });
  }

  /** Ends it by its kill signal and grace. `timeoutMs`: another grace, 0 for SIGKILL at once. Does nothing when it has ended. */
  async stop(cause: EndCause, timeoutMs?: number): Promise<void> {
    if (this.#exited === undefined) return;
    this.#cause ??= cause;
    const { killSignal, task } = this.#prepared;
    try {
      await this.#driver.stopTask(this.#id, {
        ...(killSignal !== undefined && { killSignal }),
        timeoutMs: timeoutMs ?? task.killTimeoutMs,
      });
    } catch (error) {
      if (isGone(error)) return;
      this.#listener.problem(this.#prepared, messageOf(error));
    }
    await this.#exited;
  }

  #driverTask(): DriverTask {
    const prepared = this.#prepared;
    const { allocation, task } = prepared;
    return {
      id: this.#id,
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
    return { stdout, stderr: await openLogFile(paths.stderrLog) };
  }

  #pump(logs: Logs, ended: Promise<unknown>): Promise<void>[] {
    if (this.#prepared.task.logs.isDisabled) return [];
    const streams = this.#driver.taskOutput(this.#id);
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

  async #endLeftOvers(): Promise<void> {
    try {
      await this.#driver.destroyTask(this.#id);
    } catch (error) {
      this.#listener.problem(this.#prepared, messageOf(error));
    }
  }

  #tell(outcome: TaskOutcome): TaskOutcome {
    this.#listener.ended(this.#prepared, outcome);
    return outcome;
  }
}

/** The task ended, and was forgotten, before the request reached it. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_TASK_UNKNOWN';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
