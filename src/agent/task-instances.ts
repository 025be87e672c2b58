// Owner of the processes of a task, one after the other: starts an instance, or finds that of an earlier agent, ends and forgets it.

import { monotonicNowMs } from '../clock.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask, TaskHandle } from '../driver/task.ts';
import type { TaskExit } from '../driver/task-host.ts';
import { hasErrorCode } from '../system-code.ts';
import { instanceId } from './instance-id.ts';
import type { PreparedTask } from './prepared-task.ts';

/** One that runs, or has ended and is not forgotten. */
export interface TaskInstance {
  readonly id: string;
  /** 1 for the first one of the task. */
  readonly number: number;
  readonly pid: number;
  readonly startedAt: Date;
  /** How long the driver has taken for it; undefined for one that an earlier agent has started. */
  readonly startMs?: number;
  readonly exited: Promise<TaskExit>;
}

export class TaskInstances {
  readonly #prepared: PreparedTask;
  readonly #driver: RawExecDriver;
  readonly #output: Pick<DriverTask, 'pipeOutput' | 'logs'>;

  constructor(
    prepared: PreparedTask,
    driver: RawExecDriver,
    output: Pick<DriverTask, 'pipeOutput' | 'logs'>,
  ) {
    this.#prepared = prepared;
    this.#driver = driver;
    this.#output = output;
  }

  /** Rejects as the driver's `startTask`. */
  async start(number: number): Promise<TaskInstance> {
    const task = this.#driverTask(this.#idOf(number));
    const beganMs = monotonicNowMs();
    const { pid, startedAt } = await this.#driver.startTask(task);
    const startMs = monotonicNowMs() - beganMs;
    const exited = this.#driver.waitTask(task.id);
    return { id: task.id, number, pid, startedAt, startMs, exited };
  }

  /** The instance of an earlier agent. @returns undefined when the driver's host has none of that number */
  async find(number: number): Promise<TaskInstance | undefined> {
    const task = this.#driverTask(this.#idOf(number));
    // The host goes by the id.
    const { id } = task;
    const handle: TaskHandle = {
      version: 1,
      driver: 'raw_exec',
      id,
      pid: 0,
      startedAt: new Date(0),
    };
    try {
      const { startedAt, attributes } = await this.#driver.recoverTask(handle, task);
      const pid = Number(attributes['pid'] ?? 0);
      return { id, number, pid, startedAt, exited: this.#driver.waitTask(id) };
    } catch (error) {
      if (hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) return undefined;
      throw error;
    }
  }

  /** `timeoutMs`: another grace than the task's. One that has ended already is fine. */
  async stop(id: string, timeoutMs: number | undefined): Promise<void> {
    const { killSignal, task } = this.#prepared;
    try {
      await this.#driver.stopTask(id, {
        ...(killSignal !== undefined && { killSignal }),
        timeoutMs: timeoutMs ?? task.killTimeoutMs,
      });
    } catch (error) {
      // It ended, and was forgotten, before the request reached it.
      if (!hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) throw error;
    }
  }

  /** With what it has left in its group: that would hold its output open, and outlive it. */
  forget(id: string): Promise<void> {
    return this.#driver.destroyTask(id);
  }

  #idOf(number: number): string {
    const { allocation, task } = this.#prepared;
    return instanceId(allocation.id, task.name, number);
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
      ...this.#output,
      resources: {
        cpu: task.resources.cpuMHz,
        cores: task.resources.cores,
        memoryMb: task.resources.memoryMB,
        memoryMaxMb: task.resources.memoryMaxMB,
      },
      ...(prepared.user !== undefined && { user: prepared.user }),
    };
  }
}
