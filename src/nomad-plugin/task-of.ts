// Pure but for the look at its groups: from a task as Nomad's client describes it to one of the driver's.

import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import type { GivenGroup } from '../cgroup/given-group.ts';
import type { JobResources } from '../cgroup/limits/implied-limits.ts';
import type { DriverTask, TaskLogs } from '../driver/task.ts';
import { decodeBlock } from './cty-values.ts';
import { givenGroupOf } from './given-group-of.ts';
import { CallError } from './grpc-errors.ts';
import type { LogSettings } from './plugin-settings.ts';
import {
  NetworkIsolationSpec_NetworkIsolationMode as NetworkMode,
  type Resources,
  type TaskConfig,
} from './wire/driver_pb.ts';

const devNull = '/dev/null';

/** @throws CallError for what no task can be made of */
export function driverTaskOf(config: TaskConfig, logs: LogSettings | undefined): DriverTask {
  const { id, name, allocId, allocDir, env, deviceEnv, user, resources } = config;
  for (const [field, value] of Object.entries({ id, name, alloc_dir: allocDir })) {
    if (value === '') throw new CallError(status.INVALID_ARGUMENT, `the task has no ${field}`);
  }
  const decoded = decodeBlock(config.msgpackDriverConfig);
  if (!decoded.ok) {
    throw new CallError(
      status.INVALID_ARGUMENT,
      `the config of task ${JSON.stringify(name)} cannot be read: ${decoded.problem}`,
    );
  }
  const givenGroup = groupOf(config);
  const { mode, path = '' } = config.networkIsolationSpec ?? {};
  return {
    id,
    name,
    allocId,
    groupName: config.taskGroupName,
    jobName: config.jobName,
    driverConfig: decoded.value,
    env: { ...deviceEnv, ...env },
    ...(user !== '' && { user }),
    taskDir: join(allocDir, name),
    ...outputOf(config, logs),
    ...(mode === NetworkMode.GROUP && path !== '' && { networkNamespace: path }),
    ...(resources !== undefined && { resources: jobResources(resources, givenGroup) }),
    ...(givenGroup !== undefined && { givenGroup }),
  };
}

/** That Nomad's client has made for the task. */
export function groupOf({ allocId, name, resources }: TaskConfig): GivenGroup | undefined {
  const cpusetCgroup = resources?.linuxResources?.cpusetCgroup ?? '';
  return givenGroupOf({ allocId, name, cpusetCgroup });
}

/** Limits come from what was allocated: `memory_limit_bytes` does not know of `memory_max = -1`. */
function jobResources(
  { allocatedResources, linuxResources }: Resources,
  group: GivenGroup | undefined,
): JobResources {
  const { cpu, memory } = allocatedResources ?? {};
  // A cpuset that it joins has them already.
  const hasCores = group?.shared?.['cpuset'] === undefined;
  const cpusetCpus = hasCores ? (linuxResources?.cpusetCpus ?? '') : '';
  return {
    cpu: Number(cpu?.cpuShares ?? 0n),
    memoryMb: Number(memory?.memoryMb ?? 0n),
    memoryMaxMb: Number(memory?.memoryMaxMb ?? 0n),
    ...(cpusetCpus !== '' && { cpusetCpus }),
  };
}

type Output = Pick<DriverTask, 'stdoutPath' | 'stderrPath' | 'outputHasReader' | 'logs'>;

function outputOf(
  { stdoutPath, stderrPath, allocDir }: TaskConfig,
  logs: LogSettings | undefined,
): Output {
  const isDisabled = stdoutPath === devNull && stderrPath === devNull;
  if (logs === undefined || isDisabled) {
    return { stdoutPath, stderrPath, outputHasReader: true };
  }
  // Where Nomad's client reads logs from, and where its own logger would write them.
  const files: TaskLogs = { directory: join(allocDir, 'alloc', 'logs'), ...logs };
  return { logs: files };
}
