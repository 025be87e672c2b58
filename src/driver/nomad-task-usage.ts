// Pure: what tasks use, as Nomad's API tells it, from two samples.

import { cpuPercent } from '../cgroup/group-sample.ts';
import { nomadUsage } from '../cgroup/nomad-usage.ts';
import type { ProcessSample } from '../cgroup/process-list.ts';
import type { Pair } from './sample-pair.ts';
import type { TaskUsage } from './task-host.ts';

const nanosecondsPerMs = 1_000_000;

export interface CpuStats {
  /** Percent of one CPU, as `Percent`. */
  readonly SystemMode: number;
  readonly UserMode: number;
  readonly Percent: number;
  /** MHz. */
  readonly TotalTicks: number;
  readonly ThrottledPeriods: number;
  /** Nanoseconds. */
  readonly ThrottledTime: number;
  /** Names of what was measured; the rest is 0. */
  readonly Measured: readonly string[];
}

/** Bytes. */
export interface MemoryStats {
  readonly RSS: number;
  readonly Cache: number;
  readonly Swap: number;
  readonly Usage: number;
  readonly MaxUsage: number;
  readonly KernelUsage: number;
  readonly KernelMaxUsage: number;
  readonly Measured: readonly string[];
}

export interface ResourceUsage {
  readonly CpuStats: CpuStats;
  readonly MemoryStats: MemoryStats;
  readonly DeviceStats: readonly [];
}

export interface TaskResourceUsage {
  readonly ResourceUsage: ResourceUsage;
  readonly Timestamp: number;
  readonly Pids: Readonly<Record<string, ResourceUsage>>;
}

const noCpu: CpuStats = {
  SystemMode: 0,
  UserMode: 0,
  Percent: 0,
  TotalTicks: 0,
  ThrottledPeriods: 0,
  ThrottledTime: 0,
  Measured: [],
};
const noMemory: MemoryStats = {
  RSS: 0,
  Cache: 0,
  Swap: 0,
  Usage: 0,
  MaxUsage: 0,
  KernelUsage: 0,
  KernelMaxUsage: 0,
  Measured: [],
};

/** @param cpuMHz speed of one CPU of this host; 0: unknown */
export function taskResourceUsage(pair: Pair<TaskUsage>, cpuMHz: number): TaskResourceUsage {
  const { before, after } = pair;
  const elapsedMs = after.atMs - before.atMs;
  const earlier = new Map(before.sample.processes.map((one) => [keyOf(one), one]));
  const pids = after.sample.processes.map((one) => {
    const usage = usageBetween(earlier.get(keyOf(one)), one, elapsedMs, cpuMHz);
    return [String(one.pid), usage] as const;
  });
  return {
    ResourceUsage:
      groupUsage(before.sample, after.sample, cpuMHz) ??
      usageBetween(before.sample, after.sample, elapsedMs, cpuMHz),
    Timestamp: after.sample.takenAt.getTime() * nanosecondsPerMs,
    Pids: Object.fromEntries(pids),
  };
}

export function sumUsage(usages: readonly ResourceUsage[]): ResourceUsage {
  return {
    CpuStats: sumOf(
      noCpu,
      usages.map((one) => one.CpuStats),
    ),
    MemoryStats: sumOf(
      noMemory,
      usages.map((one) => one.MemoryStats),
    ),
    DeviceStats: [],
  };
}

/** By the counters of the task's group. */
function groupUsage(
  { group: before }: TaskUsage,
  { group: after }: TaskUsage,
  cpuMHz: number,
): ResourceUsage | undefined {
  if (before === undefined || after === undefined) return undefined;
  const percent = cpuPercent(before, after);
  const { cpu, memory } = nomadUsage(
    { sample: before },
    { sample: after, ...(percent !== undefined && { cpuPercent: percent }) },
    cpuMHz > 0 ? cpuMHz : undefined,
  );
  return {
    CpuStats: {
      SystemMode: cpu.systemMode,
      UserMode: cpu.userMode,
      Percent: cpu.percent,
      TotalTicks: cpu.totalTicks,
      ThrottledPeriods: cpu.throttledPeriods,
      ThrottledTime: cpu.throttledTime,
      Measured: cpu.measured,
    },
    MemoryStats: {
      ...noMemory,
      RSS: memory.rss,
      Cache: memory.cache,
      Swap: memory.swap,
      Usage: memory.usage,
      MaxUsage: memory.maxUsage,
      KernelUsage: memory.kernelUsage,
      Measured: memory.measured,
    },
    DeviceStats: [],
  };
}

type Counters = Pick<ProcessSample, 'userCpuMs' | 'systemCpuMs' | 'rssBytes' | 'swapBytes'>;

/** By the sums over processes, or for one of them. `before`: undefined for one that is new. */
function usageBetween(
  before: Counters | undefined,
  after: Counters,
  elapsedMs: number,
  cpuMHz: number,
): ResourceUsage {
  // What processes that have ended since had used is missing in the sums: no less than nothing was used.
  const share = (name: 'userCpuMs' | 'systemCpuMs'): number =>
    elapsedMs > 0 ? (Math.max(0, after[name] - (before?.[name] ?? 0)) / elapsedMs) * 100 : 0;
  const user = share('userCpuMs');
  const system = share('systemCpuMs');
  const percent = user + system;
  // Of one sample alone no share is known.
  const measured = elapsedMs > 0 ? ['System Mode', 'User Mode', 'Percent'] : [];
  return {
    CpuStats: {
      ...noCpu,
      SystemMode: system,
      UserMode: user,
      Percent: percent,
      TotalTicks: (percent / 100) * cpuMHz,
      Measured: cpuMHz > 0 && elapsedMs > 0 ? [...measured, 'Total Ticks'] : measured,
    },
    MemoryStats: {
      ...noMemory,
      RSS: after.rssBytes,
      Swap: after.swapBytes,
      Measured: ['RSS', 'Swap'],
    },
    DeviceStats: [],
  };
}

function keyOf({ pid, startTicks }: ProcessSample): string {
  return `${pid} ${startTicks}`;
}

type Sums = Readonly<Record<string, number | readonly string[]>>;

function sumOf<Stats extends CpuStats | MemoryStats>(none: Stats, all: readonly Stats[]): Stats {
  const sum: Record<string, number | readonly string[]> = { ...none };
  for (const one of all as readonly unknown[] as readonly Sums[]) {
    for (const [name, value] of Object.entries(one)) {
      const before = sum[name];
      if (typeof value === 'number') sum[name] = Number(before ?? 0) + value;
      else sum[name] = [...new Set([...(Array.isArray(before) ? before : []), ...value])];
    }
  }
  return sum as unknown as Stats;
}
