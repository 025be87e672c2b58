// Counters of cgroups and processes (native/addon/statistics.cc, native/core/stats_columns.h).

/** The order of the directories that `GroupStatsReader.add` takes. */
export const StatsHierarchy = {
  v2: 0,
  memory: 1,
  cpu: 2,
  cpuacct: 3,
  pids: 4,
  blkio: 5,
} as const;

/** Bits of what to read. */
export const StatsPart = {
  cpu: 1,
  memory: 2,
  pids: 4,
  io: 8,
  memoryDetail: 16,
  pressure: 32,
  /** Of memory only the events. */
  oom: 64,
} as const;

/** Columns of a group's row. NaN: the host does not tell. Times of CPUs in microseconds, amounts in bytes. */
export const GroupColumn = {
  errno: 0,
  takenAtMs: 1,
  cpuUsageUs: 2,
  cpuUserUs: 3,
  cpuSystemUs: 4,
  cpuPeriods: 5,
  cpuThrottledPeriods: 6,
  cpuThrottledUs: 7,
  memoryCurrent: 8,
  memoryPeak: 9,
  memorySwap: 10,
  memoryHighEvents: 11,
  memoryMaxEvents: 12,
  memoryOomEvents: 13,
  memoryOomKills: 14,
  memoryOomGroupKills: 15,
  pids: 16,
  ioReadBytes: 17,
  ioWrittenBytes: 18,
  ioReads: 19,
  ioWrites: 20,
  memoryAnon: 21,
  memoryFile: 22,
  memoryKernel: 23,
  memoryShmem: 24,
  memoryMapped: 25,
  memoryInactiveFile: 26,
  pageFaults: 27,
  majorPageFaults: 28,
  /** The first of eight: some avg10, avg60, avg300, total; full avg10, avg60, avg300, total. */
  cpuPressure: 29,
  memoryPressure: 37,
  ioPressure: 45,
} as const;

export const groupColumns = 53;
export const pressureColumns = 8;

/** Columns of a process's row. NaN: not told. */
export const ProcessColumn = {
  /** 0, or ESRCH: it has ended, or is another one than was meant. */
  errno: 0,
  startTicks: 1,
  parentPid: 2,
  userTicks: 3,
  systemTicks: 4,
  rssBytes: 5,
  swapBytes: 6,
  threads: 7,
  readBytes: 8,
  writtenBytes: 9,
} as const;

export const processColumns = 10;

/** Reads groups from files that stay open. Its files are closed when their groups are removed, or with the object. */
export interface GroupStatsReader {
  /** @param directories by {@link StatsHierarchy}. @returns a handle */
  add(...directories: readonly (string | undefined)[]): number;
  remove(handle: number): void;
  /** Writes one row of `groupColumns` numbers for each of the first `count` handles. */
  read(handles: Int32Array, count: number, parts: number, rows: Float64Array): void;
  openFiles(): number;
}

export interface StatisticsFunctions {
  /** @param maxOpenFiles how many files stay open between two readings, of all groups together */
  readonly GroupStatsReader: new (
    maxOpenFiles: number,
  ) => GroupStatsReader;
  /**
   * Writes one row of `processColumns` numbers for each pid.
   * @param startTicks by which each process is known (proc_pid_stat(5), field 22); NaN takes any
   */
  readProcesses(pids: Int32Array, startTicks: Float64Array, rows: Float64Array): void;
}
