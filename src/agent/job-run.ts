// Owner of a whole job while it runs: its directories, and all of its allocations at once.

import { RawExecDriver } from '../driver/raw-exec-driver.ts';
import { findUser } from '../process/user.ts';
import {
  type DirectoryOwner,
  makeAllocationDirectory,
  makeTaskDirectory,
  openAllocationDirectory,
  removeAllocationDirectory,
} from './allocation-directory.ts';
import { AllocationRun, type TaskResult } from './allocation-run.ts';
import type { PreparedAllocation, PreparedJob } from './prepared-job.ts';
import type { PreparedTask } from './prepared-task.ts';
import type { RunListener } from './run-listener.ts';
import type { RunOptions } from './task-run.ts';

/** A job under way. */
export class JobRun {
  readonly #driver: RawExecDriver;
  readonly #allocations: readonly PreparedAllocation[];
  readonly #runs: readonly AllocationRun[];

  private constructor(
    driver: RawExecDriver,
    prepared: PreparedJob,
    listener: RunListener,
    options: RunOptions,
  ) {
    this.#driver = driver;
    this.#allocations = prepared.allocations;
    this.#runs = prepared.allocations.map(
      (item) => new AllocationRun(item, driver, listener, options),
    );
  }

  /**
   * Makes the directories of all allocations; nothing is started yet.
   * The driver is enabled: calling this is the explicit act that it waits for.
   */
  static async create(
    prepared: PreparedJob,
    listener: RunListener,
    options: RunOptions = {},
  ): Promise<JobRun> {
    try {
      for (const { allocation, tasks } of prepared.allocations) {
        await makeAllocationDirectory(allocation.paths);
        for (const task of tasks) await makeTaskDirectory(task.paths, ownerFor(task));
        await openAllocationDirectory(allocation.paths);
      }
      const driver = await RawExecDriver.create({ config: { enabled: true } });
      return new JobRun(driver, prepared, listener, options);
    } catch (error) {
      await removeAll(prepared.allocations);
      throw error;
    }
  }

  /** Runs everything to its end. */
  async run(): Promise<TaskResult[]> {
    try {
      const results = await Promise.all(this.#runs.map((run) => run.run()));
      return results.flat();
    } finally {
      await this.#driver.close();
    }
  }

  /** Asks all tasks to end, by their own signals and graces. */
  stop(): void {
    for (const run of this.#runs) run.stop();
  }

  /** Ends all tasks by SIGKILL. */
  kill(): void {
    for (const run of this.#runs) run.kill();
  }

  /** Takes the directories away. Only after `run`. */
  removeDirectories(): Promise<void> {
    return removeAll(this.#allocations);
  }
}

/** An unknown user is no matter of directories: the driver says so when the task starts. */
function ownerFor({ user }: PreparedTask): DirectoryOwner | undefined {
  if (user === undefined || process.geteuid?.() !== 0) return undefined;
  return findUser(user);
}

async function removeAll(allocations: readonly PreparedAllocation[]): Promise<void> {
  for (const { allocation } of allocations) await removeAllocationDirectory(allocation.paths);
}
