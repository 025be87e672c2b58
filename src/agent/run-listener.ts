// Pure: what somebody who watches a run is told.

import type { PreparedTask } from './prepared-task.ts';
import type { TaskOutcome } from './task-outcome.ts';

export type OutputStream = 'stdout' | 'stderr';

/** Gets the news of a run. None of these may throw. */
export interface RunListener {
  started(task: PreparedTask, pid: number): void;
  /** A piece of output, as it came: lines may be cut. The promise holds the task back. */
  output(task: PreparedTask, stream: OutputStream, chunk: Buffer): Promise<void>;
  /** It has ended, or could not be started, and will be started again: why, and after how many milliseconds. */
  restarting(task: PreparedTask, last: TaskOutcome, reason: string, delayMs: number): void;
  /** The task has ended for good, and all of its output has been passed on. */
  ended(task: PreparedTask, outcome: TaskOutcome): void;
  /** Something is not as it should be, but the run goes on. */
  problem(task: PreparedTask, message: string): void;
}
