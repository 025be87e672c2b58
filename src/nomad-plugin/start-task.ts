// Owner of one StartTask: from what Nomad sends to a handle that it can keep.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { CallError, isRecoverable, RecoverableCallError } from './grpc-errors.ts';
import type { Plugin } from './plugin.ts';
import { driverTaskOf } from './task-of.ts';
import { formatTaskState, handleVersion } from './task-state.ts';
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
  if (task.givenGroup !== undefined) await plugin.emptyBeforeStart(task.id, task.givenGroup);
  try {
    await driver.startTask(task);
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
