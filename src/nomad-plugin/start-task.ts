// Owner of one StartTask: from what Nomad sends to a handle that it can keep.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { GivenGroup } from '../cgroup/given-group.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask } from '../driver/task.ts';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { CallError, isRecoverable, RecoverableCallError } from './grpc-errors.ts';
import type { Plugin, Serving } from './plugin.ts';
import { takeOver } from './take-over.ts';
import { driverTaskOf } from './task-of.ts';
import { formatTaskState, handleVersion } from './task-state.ts';
import { whileReplaced } from './while-replaced.ts';
import {
  StartTaskResponse_Result as Result,
  type StartTaskResponseSchema,
  type TaskConfig,
  TaskState,
} from './wire/driver_pb.ts';

/** A start that an instance before has asked for may take as long as a start may take at all: 10 s, and its end. */
const startPatienceMs = 15_000;

export async function startTask(
  plugin: Plugin,
  config: TaskConfig | undefined,
): Promise<MessageInitShape<typeof StartTaskResponseSchema>> {
  if (config === undefined)
    throw new CallError(status.INVALID_ARGUMENT, 'there is no task to start');
  plugin.checkUsable();
  const task = driverTaskOf(config, plugin.settings.logs);
  try {
    await plugin.groups.inTurn(task, () => startOrTakeOver(plugin, task));
  } catch (error) {
    throw isRecoverable(error) ? new RecoverableCallError(error) : error;
  }
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

async function startOrTakeOver(plugin: Plugin, task: DriverTask): Promise<void> {
  const { id, givenGroup } = task;
  const serving = await plugin.serving();
  const { driver, held } = serving;
  const isNew = !(await isKnown(driver, id));
  const isThere =
    isNew &&
    givenGroup !== undefined &&
    (await plugin.groups.isOccupied(givenGroup)) &&
    (await isTakenOver(driver, task));
  if (!isThere) {
    if (isNew) await endEarlier(plugin, serving, id, givenGroup);
    await start(plugin, driver, task, isNew);
  }
  held.forget(id);
  plugin.groups.note(id, givenGroup);
}

/** No second copy of a task runs beside what is left of the first, whoever has started that. */
async function endEarlier(
  { groups }: Plugin,
  { driver, held }: Serving,
  id: string,
  group: GivenGroup | undefined,
): Promise<void> {
  const other = group && groups.otherTaskIn(group, id);
  for (const earlier of [...held.earlierStartsOf(id), ...(other === undefined ? [] : [other])]) {
    await whileReplaced(() => driver.destroyTask(earlier, { force: true }));
    held.forget(earlier);
    groups.forget(earlier);
  }
  if (group !== undefined) await groups.empty(id, group);
}

/** @param isNew - this instance does not know of it */
async function start(
  plugin: Plugin,
  driver: RawExecDriver,
  task: DriverTask,
  isNew: boolean,
): Promise<void> {
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
    await whileReplaced(attempt, { others: passing, patienceMs: startPatienceMs });
  } catch (error) {
    if (hasErrorCode(error, [...passing, 'ERR_KEEPER_GONE'])) endLater(plugin, driver, task.id);
    throw error;
  }
}

/** Nobody knows what has become of a start that is told as failed: should it have happened, nobody else would end it. */
function endLater({ log }: Plugin, driver: RawExecDriver, id: string): void {
  whileReplaced(() => driver.destroyTask(id, { force: true })).catch((error: unknown) => {
    log.error(`cannot make sure that a start has not happened: ${messageOf(error)}`, {
      task_id: id,
    });
  });
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
  try {
    await takeOver(driver, task);
    return true;
  } catch (error) {
    if (hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) return false;
    throw error;
  }
}
