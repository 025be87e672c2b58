// Pure but for the pauses: the usage of a task, again and again.

import { RawExecError } from '../errors.ts';
import { passes } from './passes.ts';
import type { TaskUsage } from './task-host.ts';

/**
 * One sample at once, then one each interval, until the signal fires or the task has ended. Each is taken when it is asked for: who
 * reads slowly gets fewer, and no old ones.
 */
export async function* usageStream(
  take: () => Promise<TaskUsage>,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<TaskUsage, void, undefined> {
  do {
    const usage = await unlessEnded(take);
    if (usage === undefined) return;
    yield usage;
  } while (await passes(intervalMs, signal));
}

async function unlessEnded(take: () => Promise<TaskUsage>): Promise<TaskUsage | undefined> {
  try {
    return await take();
  } catch (error) {
    const hasEnded =
      error instanceof RawExecError &&
      (error.code === 'ERR_TASK_NOT_RUNNING' || error.code === 'ERR_TASK_UNKNOWN');
    if (hasEnded) return undefined;
    throw error;
  }
}
