// Pure: the limits that a task can have.

/** Limits on one block device, see "IO Interface Files" in the kernel's cgroup-v2.rst. At least one besides `device`. */
export interface DeviceLimit {
  /** `major:minor` of a whole disk, as lsblk(8) shows it. */
  readonly device: string;
  readonly readBytesPerSecond?: number | 'max';
  readonly writeBytesPerSecond?: number | 'max';
  readonly readOperationsPerSecond?: number | 'max';
  readonly writeOperationsPerSecond?: number | 'max';
}

/**
 * Limits of one task. Optional means absent: what is not given is left as the kernel has it, which is unlimited.
 * docs/limits.md says for each which files it writes and where it is not to be had.
 */
export interface TaskLimits {
  /** Memory that the task can use, in bytes; above it is reclaimed, and then killed (memory.max). */
  readonly memoryMaxBytes?: number | 'max';
  /** Memory above which the task is slowed down and reclaimed from, never killed (memory.high). */
  readonly memoryHighBytes?: number | 'max';
  /** Memory that is taken from the task only when nobody else has any to give (memory.low). */
  readonly memoryLowBytes?: number | 'max';
  /** Swap that the task can use beside its memory, in bytes; 0: none. On version 1 it needs `memoryMaxBytes`. */
  readonly swapMaxBytes?: number | 'max';
  /** An OOM kill takes the whole task instead of one process (memory.oom.group). */
  readonly memoryOomGroup?: boolean;
  /** Share of the CPUs under contention, 1 to 10,000; the kernel's default is 100 (cpu.weight). Not with `cpuShares`. */
  readonly cpuWeight?: number;
  /** The same as Nomad counts it: MHz, or version 1 shares, 2 to 262,144; 1,024 is the default weight. */
  readonly cpuShares?: number;
  /** CPU time per second, in CPUs: 0.5 is half a CPU, 2 are two. At least 0.01. */
  readonly cpuMaxCores?: number | 'max';
  /** CPUs that the task may run on, as a list such as `0-3,7` (cpuset.cpus). Not with `cores`. */
  readonly cpusetCpus?: string;
  /** Memory nodes that it may allocate from, as a list (cpuset.mems). */
  readonly cpusetMems?: string;
  /** That many whole CPUs for this task alone: tasks without `cores` leave them while the task is there. */
  readonly cores?: number;
  /** Processes and threads in the task at a time (pids.max). */
  readonly pidsMax?: number | 'max';
  /** Share of the disks under contention, 1 to 10,000; the kernel's default is 100 (io.weight). */
  readonly ioWeight?: number;
  /** Limits on block devices. */
  readonly ioMax?: readonly DeviceLimit[];
  /** Huge pages in bytes by the size of the page as the kernel names it: `{ '2MB': 8_388_608 }`. */
  readonly hugetlbMaxBytes?: Readonly<Record<string, number | 'max'>>;
}

export type LimitOption = keyof TaskLimits;
