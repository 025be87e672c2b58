// Owner of nothing; asks the keeper: a task that an earlier instance of the plugin has started becomes this one's.

import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask } from '../driver/task.ts';
import { whileReplaced } from './while-replaced.ts';

/** The keeper goes by the id alone; the rest of a handle is for people. Rejects as `recoverTask` of the driver. */
export async function takeOver(driver: RawExecDriver, task: DriverTask): Promise<void> {
  const { id } = task;
  const handle = { version: 1, driver: 'raw_exec', id, pid: 0, startedAt: new Date(0) } as const;
  await whileReplaced(() => driver.recoverTask(handle, task));
}
