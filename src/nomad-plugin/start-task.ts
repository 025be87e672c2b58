// Owner of one StartTask: from what Nomad sends to a handle that it can keep.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { GivenGroup } from '../cgroup/given-group.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask } from '../driver/task.ts';
import { hasErrorCode } from '../system-code.ts';
import { CallError, isRecoverable, RecoverableCallError } from './grpc-errors.ts';
import type { Plugin } from './plugin.ts';
import { driverTaskOf } from './task-of.ts';
import { formatTaskState, handleVersion } from './task-state.ts';
import { whileReplaced } from './while-replaced.ts';
import {
  StartTaskResponse_Result as Result,
  type StartTaskResponseSchema,
  type TaskConfig,
  TaskState,
} from './wire/driver_pb.ts';

export async function startTask(
  plugin: Plugin,
  config: TaskConfig | undefined,
): Promise<MessageInitShape<typeof StartTaskResponseSchema>> {
  if (config === undefined)
    throw new CallError(status.INVALID_ARGUMENT, 'there is no task to start');
  plugin.checkUsable();
  const task = driverTaskOf(config, plugin.settings.logs);
  const driver = await plugin.driver();
  const { id, givenGroup } = task;
  const isNew = !(await isKnown(driver, id));
  const isThere =
    isNew &&
    givenGroup !== undefined &&
    (await plugin.groups.isOccupied(givenGroup)) &&
    (await isTakenOver(driver, task));
  if (!isThere) {
    if (isNew && givenGroup !== undefined) await emptyGroup(plugin, driver, id, givenGroup);
    await start(driver, task, isNew);
  }
  plugin.groups.note(id, givenGroup);
  return {
    result: Result.SUCCESS,
    handle: {
      version: handleVersion,
      config,
      state: TaskState.RUNNING,
      driverState: formatTaskState(),
    },
  };
}

/** No second copy of a task runs beside what is left of the first, whoever has started that. */
async function emptyGroup(
  { groups }: Plugin,
  driver: RawExecDriver,
  id: string,
  group: GivenGroup,
): Promise<void> {
  const other = groups.otherTaskIn(group, id);
  if (other !== undefined) await whileReplaced(() => driver.destroyTask(other, { force: true }));
  await groups.empty(id, group);
}

/** @param isNew - this instance does not know of it */
async function start(driver: RawExecDriver, task: DriverTask, isNew: boolean): Promise<void> {
  // What an instance that was killed has asked for may still be on its way: then it is neither to be started nor to be taken over yet.
  const passing = isNew ? ['ERR_TASK_EXISTS'] : [];
  const attempt = async (): Promise<void> => {
    try {
      await driver.startTask(task);
    } catch (error) {
      const isThere = hasErrorCode(error, passing) && (await isTakenOver(driver, task));
      if (!isThere) throw error;
    }
  };
  try {
    await whileReplaced(attempt, passing);
  } catch (error) {
    throw isRecoverable(error) ? new RecoverableCallError(error) : error;
  }
}

/** Of this instance. */
async function isKnown(driver: RawExecDriver, id: string): Promise<boolean> {
  try {
    await driver.inspectTask(id);
    return true;
  } catch (error) {
    if (hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) return false;
    throw error;
  }
}

/**
 * An instance that was killed in the midst of a start may have started the task: Nomad asks its successor for the same start again, and
 * must not get a second copy.
 */
async function isTakenOver(driver: RawExecDriver, task: DriverTask): Promise<boolean> {
  const { id } = task;
  try {
    const kept = { version: 1, driver: 'raw_exec', id, pid: 0, startedAt: new Date(0) } as const;
    await whileReplaced(() => driver.recoverTask(kept, task));
    return true;
  } catch (error) {
    if (hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) return false;
    throw error;
  }
}
