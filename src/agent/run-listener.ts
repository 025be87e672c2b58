// Pure: what somebody who watches a run is told.

import type { PreparedTask } from './prepared-task.ts';
import type { TaskOutcome } from './task-outcome.ts';

export type OutputStream = 'stdout' | 'stderr';

/** One process of a task. */
export interface StartedInstance {
  /** 1 for the first one of the task. */
  readonly number: number;
  readonly pid: number;
  readonly startedAt: Date;
  /** How long its start has taken; undefined for one that an earlier agent has started. */
  readonly startMs?: number;
}

/** Gets the news of a run. None of these may throw. */
export interface RunListener {
  /** Also told of one that an earlier agent has started. */
  started(task: PreparedTask, instance: StartedInstance): void;
  /** A piece of output, as it came: lines may be cut. The promise holds the task back. */
  output(task: PreparedTask, stream: OutputStream, chunk: Buffer): Promise<void>;
  /** A process has ended, and is forgotten when the promise is resolved. `isRestarting`: there will be another one. */
  instanceEnded?(task: PreparedTask, outcome: TaskOutcome, isRestarting: boolean): Promise<void>;
  /** It has ended, or could not be started, and will be started again: why, and after how many milliseconds. */
  restarting(task: PreparedTask, last: TaskOutcome, reason: string, delayMs: number): void;
  /** The task has ended for good, and all of its output has been passed on. */
  ended(task: PreparedTask, outcome: TaskOutcome): void;
  /** Something is not as it should be, but the run goes on. */
  problem(task: PreparedTask, message: string): void;
}
