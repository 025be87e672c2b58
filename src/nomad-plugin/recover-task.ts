// Owner of one RecoverTask: a task that an earlier instance of the plugin has started is taken over from the keeper.

import { status } from '@grpc/grpc-js';
import { hasErrorCode } from '../system-code.ts';
import { givenGroupOf } from './given-group-of.ts';
import { CallError, taskNotFound } from './grpc-errors.ts';
import type { Plugin } from './plugin.ts';
import { driverTaskOf } from './task-of.ts';
import { readTaskState } from './task-state.ts';
import { whileReplaced } from './while-replaced.ts';
import type { TaskConfig, TaskHandle } from './wire/driver_pb.ts';

/** @throws CallError: then Nomad has the task destroyed by force, and may start it anew */
export async function recoverTask(
  plugin: Plugin,
  id: string,
  handle: TaskHandle | undefined,
): Promise<void> {
  const config = handle?.config;
  if (handle === undefined || config === undefined) {
    throw new CallError(status.INVALID_ARGUMENT, `there is no handle to recover task ${id} by`);
  }
  const state = readTaskState(handle.driverState);
  if (state.kind === 'later') {
    throw new CallError(
      status.FAILED_PRECONDITION,
      `cannot recover task ${id}: a later version of this driver has started it (state version ${state.version}). Put that version back, or have the task started anew`,
    );
  }
  if (state.kind === 'foreign') {
    plugin.groups.noteForeign(id, groupOf(config));
    throw new CallError(
      status.FAILED_PRECONDITION,
      `cannot recover task ${id}: another driver has started it (its state is not of raw-exec). It is ended before it is started anew`,
    );
  }
  const task = driverTaskOf(config, plugin.settings.logs);
  const { driver, held } = await plugin.serving();
  const kept = { version: 1, driver: 'raw_exec', id, pid: 0, startedAt: new Date(0) } as const;
  try {
    await whileReplaced(() => driver.recoverTask(kept, task));
  } catch (error) {
    throw hasErrorCode(error, ['ERR_TASK_UNKNOWN']) ? taskNotFound(id) : error;
  }
  held.forget(id);
  plugin.groups.note(id, task.givenGroup);
}

function groupOf({ allocId, name, resources }: TaskConfig): ReturnType<typeof givenGroupOf> {
  const cpusetCgroup = resources?.linuxResources?.cpusetCgroup ?? '';
  return givenGroupOf({ allocId, name, cpusetCgroup });
}
