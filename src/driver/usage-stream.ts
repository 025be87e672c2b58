// Pure but for the pauses: the usage of a task, again and again.

import { monotonicNowMs } from '../clock.ts';
import { RawExecError } from '../errors.ts';
import { passes } from './passes.ts';
import type { TaskUsage } from './task-host.ts';

/**
 * One sample at once, then one each interval, until the signal fires or the task has ended. Each is taken when it is asked for: who
 * reads slowly gets fewer, and no old ones. The second may come a little early or late, see `untilNext`.
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
  } while (await passes(untilNext(intervalMs), signal));
}

/** Of an interval: as much as the first pause of a stream may be shorter or longer, so that many streams wake up together. */
const steps = 10;

/** A thousand streams that wake up alone, and write alone to who reads them, cost more than their samples. */
function untilNext(intervalMs: number): number {
  const stepMs = Math.max(1, intervalMs / steps);
  const now = monotonicNowMs();
  return Math.round((now + intervalMs) / stepMs) * stepMs - now;
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
