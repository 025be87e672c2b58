// Owner of one RecoverTask: a task that an earlier instance of the plugin has started is taken over from the keeper.

import { status } from '@grpc/grpc-js';
import { CallError } from './grpc-errors.ts';
import type { Plugin } from './plugin.ts';
import { takeOver } from './take-over.ts';
import { driverTaskOf, groupOf } from './task-of.ts';
import { readTaskState } from './task-state.ts';
import type { TaskHandle } from './wire/driver_pb.ts';

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
  await takeOver(driver, task);
  held.forget(id);
  plugin.groups.note(id, task.givenGroup);
}
