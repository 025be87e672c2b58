// Owner of Nomad's driver verbs over the wire: each is turned into one of RawExecDriver, and its outcome into what Nomad's client can do
// something with.

import { status } from '@grpc/grpc-js';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { taskBlock } from './config-schemas.ts';
import { execStream } from './exec-stream.ts';
import { fingerprintResponse } from './fingerprint-response.ts';
import { CallError } from './grpc-errors.ts';
import type { Handlers } from './grpc-services.ts';
import type { Plugin } from './plugin.ts';
import { recoverTask } from './recover-task.ts';
import { startTask } from './start-task.ts';
import { taskEvents } from './task-events.ts';
import { usages } from './usages.ts';
import { whileReplaced } from './while-replaced.ts';
import {
  type Driver,
  DriverCapabilities_FSIsolation as FSIsolation,
  DriverCapabilities_MountConfigs as MountConfigs,
  NetworkIsolationSpec_NetworkIsolationMode as NetworkMode,
} from './wire/driver_pb.ts';
import { driverTaskEvent, exitResult, milliseconds, taskStatus } from './wire-values.ts';

const defaultStatsMs = 1000;
/** Nomad's own driver returns no more of an exec's output. */
const execOutputBytes = 4096;

export function driverHandlers(plugin: Plugin): Handlers<typeof Driver> {
  return {
    init() {
      // A driver that is off needs no keeper. One that does not answer is nobody's to wait for: the fingerprint tells of it.
      if (!plugin.settings.isEnabled) return {};
      plugin.driver().catch((error: unknown) => plugin.log.error(messageOf(error)));
      return {};
    },
    taskConfigSchema: () => ({ spec: taskBlock }),
    capabilities: () => ({
      capabilities: {
        sendSignals: true,
        exec: true,
        fsIsolation: FSIsolation.NONE,
        networkIsolationModes: [NetworkMode.HOST, NetworkMode.GROUP],
        mountConfigs: MountConfigs.NO_MOUNTS,
        disableLogCollection: plugin.settings.logs !== undefined,
      },
    }),
    async *fingerprint(_request, { signal }) {
      for await (const fingerprint of plugin.fingerprints(signal)) {
        yield fingerprintResponse(plugin.name, fingerprint);
      }
    },
    async recoverTask({ taskId, handle }) {
      await recoverTask(plugin, taskId, handle);
      return {};
    },
    startTask: ({ task }) => startTask(plugin, task),
    async waitTask({ taskId }, { signal }) {
      const driver = await plugin.driver();
      const exit = await driver.waitTask(taskId, { signal });
      const err = exit.isStatusKnown
        ? ''
        : 'how the task ended is not known: whoever could tell was killed, too';
      return { result: exitResult(exit), err };
    },
    async stopTask({ taskId, timeout, signal }) {
      const driver = await plugin.driver();
      const timeoutMs = milliseconds(timeout) ?? 0;
      // One that is gone has been stopped: an error would be answered by four more attempts within minutes.
      const how = { timeoutMs, ...(signal !== '' && { killSignal: signal }) };
      await unlessGone(whileReplaced(() => driver.stopTask(taskId, how)));
      return {};
    },
    async destroyTask({ taskId, force }) {
      if (await plugin.groups.destroyForeign(taskId)) return {};
      const { driver, held } = await plugin.serving();
      await unlessGone(whileReplaced(() => driver.destroyTask(taskId, { force })));
      held.forget(taskId);
      plugin.groups.forget(taskId);
      return {};
    },
    async inspectTask({ taskId }) {
      const driver = await plugin.driver();
      const task = await driver.inspectTask(taskId);
      return { task: taskStatus(task), driver: { attributes: task.attributes } };
    },
    async *taskStats({ taskId, collectionInterval }, { signal }) {
      const driver = await plugin.driver();
      const intervalMs = milliseconds(collectionInterval) || defaultStatsMs;
      yield* usages(driver, taskId, intervalMs, signal);
    },
    async *taskEvents(_request, { signal }) {
      const driver = await plugin.driver();
      for await (const event of taskEvents(driver, signal)) yield driverTaskEvent(event);
    },
    shutdown: () => ({}),
    async signalTask({ taskId, signal }) {
      const driver = await plugin.driver();
      await driver.signalTask(taskId, signal);
      return {};
    },
    async execTask({ taskId, command: [program, ...args], timeout }) {
      if (program === undefined)
        throw new CallError(status.INVALID_ARGUMENT, 'there is no command');
      const driver = await plugin.driver();
      const timeoutMs = milliseconds(timeout) || undefined;
      const result = await driver.execTask(taskId, [program, ...args], {
        maxOutputBytes: execOutputBytes,
        ...(timeoutMs !== undefined && { timeoutMs }),
      });
      if (result.isTimedOut) {
        const what = `${program} was ended with all that it had started: it took longer than ${timeoutMs ?? 0} ms`;
        throw new CallError(status.DEADLINE_EXCEEDED, what);
      }
      const { exitCode, signal, output } = result;
      return { stdout: output, result: { exitCode, signal } };
    },
    async *execTaskStreaming(requests, call) {
      const driver = await plugin.driver();
      yield* execStream(driver, requests, call, plugin.log.warn);
    },
    createNetwork: () => {
      throw new CallError(
        status.UNIMPLEMENTED,
        'raw_exec makes no networks: Nomad does (bridge, CNI)',
      );
    },
    destroyNetwork: () => {
      throw new CallError(status.UNIMPLEMENTED, 'raw_exec makes no networks, so it removes none');
    },
  };
}

async function unlessGone(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!hasErrorCode(error, ['ERR_TASK_UNKNOWN'])) throw error;
  }
}
