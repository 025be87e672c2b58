// Pure: what a task uses, from two samples, in the shapes of the wire. Fields that were not measured are 0 and not in the lists.

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ResourceUsage, TaskResourceUsage } from '../driver/nomad-task-usage.ts';
import {
  CPUUsage_Fields as CpuField,
  MemoryUsage_Fields as MemoryField,
  type TaskResourceUsageSchema,
  type TaskStatsSchema,
} from './wire/driver_pb.ts';
import { timestamp } from './wire-values.ts';

const cpuFields: ReadonlyMap<string, CpuField> = new Map([
  ['System Mode', CpuField.SYSTEM_MODE],
  ['User Mode', CpuField.USER_MODE],
  ['Total Ticks', CpuField.TOTAL_TICKS],
  ['Throttled Periods', CpuField.THROTTLED_PERIODS],
  ['Throttled Time', CpuField.THROTTLED_TIME],
  ['Percent', CpuField.PERCENT],
]);

const memoryFields: ReadonlyMap<string, MemoryField> = new Map([
  ['RSS', MemoryField.RSS],
  ['Cache', MemoryField.CACHE],
  ['Max Usage', MemoryField.MAX_USAGE],
  ['Kernel Usage', MemoryField.KERNEL_USAGE],
  ['Usage', MemoryField.USAGE],
  ['Swap', MemoryField.SWAP],
]);

export function taskStats(
  id: string,
  at: Date,
  { ResourceUsage, Pids }: TaskResourceUsage,
): MessageInitShape<typeof TaskStatsSchema> {
  const byPid = Object.entries(Pids).map(([pid, usage]) => [pid, usageOf(usage)] as const);
  return {
    id,
    timestamp: timestamp(at),
    aggResourceUsage: usageOf(ResourceUsage),
    resourceUsageByPid: Object.fromEntries(byPid),
  };
}

function usageOf({
  CpuStats: cpu,
  MemoryStats: memory,
}: ResourceUsage): MessageInitShape<typeof TaskResourceUsageSchema> {
  return {
    cpu: {
      systemMode: cpu.SystemMode,
      userMode: cpu.UserMode,
      totalTicks: cpu.TotalTicks,
      throttledPeriods: whole(cpu.ThrottledPeriods),
      throttledTime: whole(cpu.ThrottledTime),
      percent: cpu.Percent,
      measuredFields: namesOf(cpu.Measured, cpuFields),
    },
    memory: {
      rss: whole(memory.RSS),
      cache: whole(memory.Cache),
      maxUsage: whole(memory.MaxUsage),
      kernelUsage: whole(memory.KernelUsage),
      kernelMaxUsage: whole(memory.KernelMaxUsage),
      usage: whole(memory.Usage),
      swap: whole(memory.Swap),
      measuredFields: namesOf(memory.Measured, memoryFields),
    },
  };
}

function whole(value: number): bigint {
  return BigInt(Math.round(value));
}

function namesOf<Field>(names: readonly string[], fields: ReadonlyMap<string, Field>): Field[] {
  return names.map((name) => fields.get(name)).filter((field) => field !== undefined);
}
