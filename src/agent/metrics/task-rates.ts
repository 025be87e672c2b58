// Owner of the samples that the use of running tasks is told by.

import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import type { TaskUsage } from '../../driver/task-host.ts';
import { hasErrorCode } from '../../system-code.ts';
import { PairedSamples } from './paired-samples.ts';

/** By the ids that the driver has for them. */
export function taskRates(driver: RawExecDriver): PairedSamples<TaskUsage> {
  const rates = new PairedSamples(async (id) => {
    try {
      return await driver.taskStats(id);
    } catch (error) {
      // It has ended since somebody has seen it run.
      if (hasErrorCode(error, ['ERR_TASK_NOT_RUNNING', 'ERR_TASK_UNKNOWN'])) return undefined;
      throw error;
    }
  });
  driver.on('taskEvent', ({ kind, taskId }) => {
    if (kind === 'exited') rates.forget(taskId);
  });
  return rates;
}
