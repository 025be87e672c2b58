// Pure: what a group has used at one moment, from a row of numbers of the engine.

import { GroupColumn, groupColumns } from '../native/statistics.ts';

/** CPU time of a group, of processes that have ended too. */
export interface GroupCpu {
  readonly usageUs: number;
  /** In programs; of version 1 in steps of 10 ms. */
  readonly userUs?: number;
  /** In the kernel. */
  readonly systemUs?: number;
  /** Periods of the CPU limit that have passed while there was something to run; absent without such a limit's controller. */
  readonly periods?: number;
  /** Periods in which the limit stopped the group. */
  readonly throttledPeriods?: number;
  readonly throttledUs?: number;
}

/** Memory of a group. Each page is counted once, however many processes share it. */
export interface GroupMemory {
  /** Everything that is charged to the group, the page cache too. */
  readonly currentBytes: number;
  /** The most that it was; of version 2 since Linux 5.19. */
  readonly peakBytes?: number;
  /** Absent where the kernel does not count swap; of version 1 only with `detail`. */
  readonly swapBytes?: number;
  /** How often `memory.high` slowed it down; version 2. */
  readonly highEvents?: number;
  /** How often its hard limit was reached; of version 1 (memory.failcnt) only with `detail`. */
  readonly maxEvents?: number;
  /** How often the limit could not be held by taking back memory; version 2. */
  readonly oomEvents?: number;
  /** OOM kills in the group; may exceed the number of processes that were killed. */
  readonly oomKills?: number;
  /** How often the whole group was killed at once; version 2, Linux 5.17. */
  readonly oomGroupKills?: number;
}

/** What the memory is used for (memory.stat). Reading it costs as much as all the rest. */
export interface GroupMemoryDetail {
  /** Memory of programs themselves, without files: what people mean by "resident". */
  readonly anonBytes: number;
  /** Page cache, with tmpfs and shared memory. */
  readonly fileBytes: number;
  /** Kernel memory on its behalf; before Linux 5.18 the sum of the parts that are told. */
  readonly kernelBytes?: number;
  readonly shmemBytes?: number;
  readonly mappedBytes?: number;
  /** Page cache that the kernel would give up first: `currentBytes` without it is what the group really needs. */
  readonly inactiveFileBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
}

/** Traffic with block devices, without what the page cache served. */
export interface GroupIo {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** How long something in the group waited: shares in percent, the total in microseconds. */
export interface PressureLine {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly totalUs: number;
}

/** `some`: at least one thread waited; `full`: all that could run did. */
export interface Pressure {
  readonly some: PressureLine;
  /** Absent for CPUs before Linux 5.13. */
  readonly full?: PressureLine;
}

/** Counters of one group at one moment. What the host does not give is absent, never 0. Frozen. */
export interface GroupSample {
  /** CLOCK_MONOTONIC, in milliseconds. */
  readonly takenAtMs: number;
  readonly cpu?: GroupCpu;
  readonly memory?: GroupMemory;
  readonly memoryDetail?: GroupMemoryDetail;
  /** Processes and threads. */
  readonly pids?: number;
  readonly io?: GroupIo;
  readonly pressure?: {
    readonly cpu?: Pressure;
    readonly memory?: Pressure;
    readonly io?: Pressure;
  };
}

type Names = Readonly<Record<string, number>>;

const cpuColumns = {
  usageUs: GroupColumn.cpuUsageUs,
  userUs: GroupColumn.cpuUserUs,
  systemUs: GroupColumn.cpuSystemUs,
  periods: GroupColumn.cpuPeriods,
  throttledPeriods: GroupColumn.cpuThrottledPeriods,
  throttledUs: GroupColumn.cpuThrottledUs,
} as const satisfies Names;

const memoryColumns = {
  currentBytes: GroupColumn.memoryCurrent,
  peakBytes: GroupColumn.memoryPeak,
  swapBytes: GroupColumn.memorySwap,
  highEvents: GroupColumn.memoryHighEvents,
  maxEvents: GroupColumn.memoryMaxEvents,
  oomEvents: GroupColumn.memoryOomEvents,
  oomKills: GroupColumn.memoryOomKills,
  oomGroupKills: GroupColumn.memoryOomGroupKills,
} as const satisfies Names;

const detailColumns = {
  anonBytes: GroupColumn.memoryAnon,
  fileBytes: GroupColumn.memoryFile,
  kernelBytes: GroupColumn.memoryKernel,
  shmemBytes: GroupColumn.memoryShmem,
  mappedBytes: GroupColumn.memoryMapped,
  inactiveFileBytes: GroupColumn.memoryInactiveFile,
  pageFaults: GroupColumn.pageFaults,
  majorPageFaults: GroupColumn.majorPageFaults,
} as const satisfies Names;

const ioColumns = {
  readBytes: GroupColumn.ioReadBytes,
  writtenBytes: GroupColumn.ioWrittenBytes,
  reads: GroupColumn.ioReads,
  writes: GroupColumn.ioWrites,
} as const satisfies Names;

const pressureOffsets = { avg10: 0, avg60: 1, avg300: 2, totalUs: 3 } as const satisfies Names;
const fullOffset = 4;

/** The columns of a part as pairs, and which of them it is nothing without. */
interface PartPlan {
  readonly columns: readonly (readonly [name: string, column: number])[];
  readonly required: readonly string[];
}

const plan = (columns: Names, ...required: readonly string[]): PartPlan => ({
  columns: Object.entries(columns),
  required,
});

const cpuPlan = plan(cpuColumns, 'usageUs');
const memoryPlan = plan(memoryColumns, 'currentBytes');
const detailPlan = plan(detailColumns, 'anonBytes', 'fileBytes');
const ioPlan = plan(ioColumns, 'readBytes', 'writtenBytes', 'reads', 'writes');
const pressurePlan = plan(pressureOffsets, 'avg10', 'avg60', 'avg300', 'totalUs');

/** The columns that the host filled; undefined when a required one is not among them. The caller knows the type. */
function part(
  rows: Float64Array,
  first: number,
  { columns, required }: PartPlan,
): object | undefined {
  const found: Record<string, number> = {};
  for (const [name, column] of columns) {
    const value = rows[first + column] ?? Number.NaN;
    if (!Number.isNaN(value)) found[name] = value;
  }
  for (const name of required) {
    if (found[name] === undefined) return undefined;
  }
  return Object.freeze(found);
}

function pressureOf(rows: Float64Array, first: number): Pressure | undefined {
  const some = part(rows, first, pressurePlan) as PressureLine | undefined;
  if (some === undefined) return undefined;
  const full = part(rows, first + fullOffset, pressurePlan) as PressureLine | undefined;
  return Object.freeze(full === undefined ? { some } : { some, full });
}

function pressures(rows: Float64Array, first: number): GroupSample['pressure'] {
  const cpu = pressureOf(rows, first + GroupColumn.cpuPressure);
  const memory = pressureOf(rows, first + GroupColumn.memoryPressure);
  const io = pressureOf(rows, first + GroupColumn.ioPressure);
  if (cpu === undefined && memory === undefined && io === undefined) return undefined;
  return Object.freeze({
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(io === undefined ? {} : { io }),
  });
}

/** Reads the row of number `index`, whose errno is 0. Called for each task at each reading: no spreads, no closures. */
export function groupSample(rows: Float64Array, index: number): GroupSample {
  const first = index * groupColumns;
  const sample: { -readonly [Key in keyof GroupSample]: GroupSample[Key] } = {
    takenAtMs: rows[first + GroupColumn.takenAtMs] ?? Number.NaN,
  };
  const cpu = part(rows, first, cpuPlan);
  if (cpu !== undefined) sample.cpu = cpu as GroupCpu;
  const memory = part(rows, first, memoryPlan);
  if (memory !== undefined) sample.memory = memory as GroupMemory;
  const detail = part(rows, first, detailPlan);
  if (detail !== undefined) sample.memoryDetail = detail as GroupMemoryDetail;
  const pids = rows[first + GroupColumn.pids] ?? Number.NaN;
  if (!Number.isNaN(pids)) sample.pids = pids;
  const io = part(rows, first, ioPlan);
  if (io !== undefined) sample.io = io as GroupIo;
  const pressure = pressures(rows, first);
  if (pressure !== undefined) sample.pressure = pressure;
  return Object.freeze(sample);
}

/**
 * How much of one CPU was used between two samples, in percent: 200 is two CPUs all the time. Undefined when it cannot be
 * told: no CPU counter, or no time between the two.
 */
export function cpuPercent(before: GroupSample, after: GroupSample): number | undefined {
  const elapsedUs = (after.takenAtMs - before.takenAtMs) * 1000;
  if (before.cpu === undefined || after.cpu === undefined || !(elapsedUs > 0)) return undefined;
  // A counter that went back is another group's: a negative share would be nonsense.
  return (Math.max(0, after.cpu.usageUs - before.cpu.usageUs) / elapsedUs) * 100;
}
