// Pure: the `limits` block of a task's config: what Nomad's own resources cannot say, named as the files of cgroup version 2.

import * as v from 'valibot';
import type { DeviceLimit, TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { ConfigIssue } from './config-issue.ts';
import { decimal, flag, integer, text } from './config-values.ts';
import { readConfig } from './read-config.ts';

const bytesPerMb = 1024 * 1024;
/** 8 EiB, in MB. */
const mostMb = 8_589_934_592;
const mostOperations = 1_000_000_000;

const perDevice = {
  device: text('A whole disk as major:minor, as lsblk shows it.'),
  read_bps: v.optional(integer(1, Number.MAX_SAFE_INTEGER, 'Bytes a second.')),
  write_bps: v.optional(integer(1, Number.MAX_SAFE_INTEGER, 'Bytes a second.')),
  read_iops: v.optional(integer(1, mostOperations, 'Operations a second.')),
  write_iops: v.optional(integer(1, mostOperations, 'Operations a second.')),
};

const deviceSchema = v.objectWithRest(perDevice, v.never());

const scalars = {
  memory_high: v.optional(
    integer(1, mostMb, 'MB above which the task is slowed down and reclaimed from.'),
  ),
  swap_max: v.optional(integer(0, mostMb, 'MB of swap beside its memory; 0: none.')),
  memory_oom_group: v.optional(flag('An OOM kill takes the whole task. Default: one process.')),
  cpu_max: v.optional(decimal(0.01, 8192, 'CPU time a second, in CPUs: 0.5 is half a CPU.')),
  pids_max: v.optional(integer(1, 4_194_304, 'Processes and threads at a time.')),
  io_weight: v.optional(integer(1, 10_000, 'Share of the disks under contention. Default: 100.')),
};

/** The devices are read one by one, so that each tells its own. */
const entries = { ...scalars, io_max: v.optional(v.unknown()) };
const schema = v.objectWithRest(entries, v.never());

/** The source of the JSON Schema. */
export const limitsSchema: v.GenericSchema = v.pipe(
  v.objectWithRest({ ...scalars, io_max: v.optional(v.array(deviceSchema)) }, v.never()),
  v.description('Limits beyond those of the job’s resources.'),
);

type Mutable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

export interface ReadLimitsBlock {
  readonly limits: TaskLimits;
  readonly issues: readonly ConfigIssue[];
}

/** Paths of issues begin inside of the block. */
export function readLimitsBlock(value: unknown): ReadLimitsBlock {
  const { output, issues, given } = readConfig(value, schema, Object.keys(entries));
  const { devices, issues: deviceIssues } = readDevices(given['io_max']);
  const all = [...issues, ...deviceIssues];
  if (output === undefined || all.length > 0) return { limits: {}, issues: all };
  const limits: Mutable<TaskLimits> = {};
  if (output.memory_high !== undefined) limits.memoryHighBytes = output.memory_high * bytesPerMb;
  if (output.swap_max !== undefined) limits.swapMaxBytes = output.swap_max * bytesPerMb;
  if (output.memory_oom_group !== undefined) limits.memoryOomGroup = output.memory_oom_group;
  if (output.cpu_max !== undefined) limits.cpuMaxCores = output.cpu_max;
  if (output.pids_max !== undefined) limits.pidsMax = output.pids_max;
  if (output.io_weight !== undefined) limits.ioWeight = output.io_weight;
  if (devices.length > 0) limits.ioMax = devices;
  return { limits, issues: [] };
}

function readDevices(value: unknown): {
  readonly devices: readonly DeviceLimit[];
  readonly issues: readonly ConfigIssue[];
} {
  if (value === undefined) return { devices: [], issues: [] };
  const issues: ConfigIssue[] = [];
  const devices: DeviceLimit[] = [];
  for (const [index, block] of (Array.isArray(value) ? value : [value]).entries()) {
    const read = readConfig(block, deviceSchema, Object.keys(perDevice));
    const path = Array.isArray(value) ? ['io_max', index] : ['io_max'];
    issues.push(...read.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
    if (read.output !== undefined) devices.push(deviceLimit(read.output));
  }
  return { devices, issues };
}

function deviceLimit({
  device,
  read_bps,
  write_bps,
  read_iops,
  write_iops,
}: v.InferOutput<typeof deviceSchema>): DeviceLimit {
  return {
    device,
    ...(read_bps !== undefined && { readBytesPerSecond: read_bps }),
    ...(write_bps !== undefined && { writeBytesPerSecond: write_bps }),
    ...(read_iops !== undefined && { readOperationsPerSecond: read_iops }),
    ...(write_iops !== undefined && { writeOperationsPerSecond: write_iops }),
  };
}
