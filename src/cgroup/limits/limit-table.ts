// Pure: the one table of limits: which option writes which file of which version, with what value, and what happens where
// there is none. docs/limits.md shows it, and a test holds the two together.

import { sharesOfWeight, weightOfShares } from './cpu-weight.ts';
import type { DeviceLimit, LimitOption, TaskLimits } from './task-limits.ts';

/** One write: a file of the group, and what goes into it. */
export interface FileValue {
  readonly file: string;
  readonly value: string;
  /** Written where the kernel was built without the first one. */
  readonly otherwise?: { readonly file: string; readonly value: string };
}

/** The limits, with what a host has to add to them. */
export interface LimitsOnHost {
  readonly limits: TaskLimits;
  /** The CPUs that were taken for `cores`. */
  readonly reservedCpus?: string;
}

/** How one version of cgroups has a limit. */
export interface LimitFiles {
  readonly controller: string;
  /** For people: the files, as the documentation names them. */
  readonly files: string;
  /** What to write, in this order; nothing when the option is absent. Text: why this version cannot, as a clause. */
  readonly write: (on: LimitsOnHost) => readonly FileValue[] | string;
}

export interface LimitRow {
  readonly option: LimitOption;
  readonly v2: LimitFiles;
  /** Absent: version 1 has no twin. */
  readonly v1?: LimitFiles;
  /** For people: what the twin does otherwise, and what to do without one. */
  readonly remark: string;
}

/** Length of the window in which `cpuMaxCores` is counted; the kernel's own default. */
const cpuPeriodUs = 100_000;

function amount(value: number | 'max', unlimited: string): string {
  return value === 'max' ? unlimited : String(value);
}

/** A file that takes a number, with the word that the version has for "no limit". */
function numberFile(
  controller: string,
  file: string,
  unlimited: string,
  read: (limits: TaskLimits) => number | 'max' | undefined,
): LimitFiles {
  return {
    controller,
    files: file,
    write: ({ limits }) => {
      const value = read(limits);
      return value === undefined ? [] : [{ file, value: amount(value, unlimited) }];
    },
  };
}

function listFile(
  file: string,
  read: (on: LimitsOnHost) => string | undefined,
): Pick<LimitRow, 'v1' | 'v2'> {
  const files: LimitFiles = {
    controller: 'cpuset',
    files: file,
    write: (on) => {
      const value = read(on);
      return value === undefined ? [] : [{ file, value }];
    },
  };
  return { v2: files, v1: files };
}

const memoryRows: readonly LimitRow[] = [
  {
    option: 'memoryMaxBytes',
    v2: numberFile('memory', 'memory.max', 'max', (limits) => limits.memoryMaxBytes),
    v1: numberFile('memory', 'memory.limit_in_bytes', '-1', (limits) => limits.memoryMaxBytes),
    remark: 'Rounded down to whole pages.',
  },
  {
    option: 'memoryHighBytes',
    v2: numberFile('memory', 'memory.high', 'max', (limits) => limits.memoryHighBytes),
    remark:
      'Version 1 cannot slow a task down: give `memoryMaxBytes`, or `memoryLowBytes` to the others.',
  },
  {
    option: 'memoryLowBytes',
    v2: numberFile('memory', 'memory.low', 'max', (limits) => limits.memoryLowBytes),
    v1: numberFile('memory', 'memory.soft_limit_in_bytes', '-1', (limits) => limits.memoryLowBytes),
    remark:
      'Version 1 protects less: what is above the soft limit is taken first. Version 2 counts it within what the groups above have protected.',
  },
  {
    option: 'swapMaxBytes',
    v2: numberFile('memory', 'memory.swap.max', 'max', (limits) => limits.swapMaxBytes),
    v1: { controller: 'memory', files: 'memory.memsw.limit_in_bytes', write: writeMemsw },
    remark:
      'Version 1 counts memory and swap together, so it needs `memoryMaxBytes` too. Absent in kernels without swap accounting.',
  },
  {
    option: 'memoryOomGroup',
    v2: {
      controller: 'memory',
      files: 'memory.oom.group',
      write: ({ limits: { memoryOomGroup } }) =>
        memoryOomGroup === undefined
          ? []
          : [{ file: 'memory.oom.group', value: memoryOomGroup ? '1' : '0' }],
    },
    remark: 'Such a task is started on the careful path. Version 1 kills one process at a time.',
  },
];

/** memory.memsw may never be below memory.limit, whichever of the two is changed: so it is lifted before both are set. */
function writeMemsw({
  limits: { memoryMaxBytes, swapMaxBytes },
}: LimitsOnHost): readonly FileValue[] | string {
  if (swapMaxBytes === undefined) return [];
  const file = 'memory.memsw.limit_in_bytes';
  if (swapMaxBytes === 'max') return [{ file, value: '-1' }];
  if (memoryMaxBytes === undefined || memoryMaxBytes === 'max') {
    return 'version 1 counts swap together with memory: give memoryMaxBytes too';
  }
  return [{ file, value: String(memoryMaxBytes + swapMaxBytes) }];
}

const cpuRows: readonly LimitRow[] = [
  {
    option: 'cpuWeight',
    v2: numberFile('cpu', 'cpu.weight', '', (limits) => limits.cpuWeight),
    v1: numberFile('cpu', 'cpu.shares', '', ({ cpuWeight }) =>
      cpuWeight === undefined ? undefined : sharesOfWeight(cpuWeight),
    ),
    remark: 'Version 1 gets the shares that lie on the same curve: 100 is 1,024.',
  },
  {
    option: 'cpuShares',
    v2: numberFile('cpu', 'cpu.weight', '', ({ cpuShares }) =>
      cpuShares === undefined ? undefined : weightOfShares(cpuShares),
    ),
    v1: numberFile('cpu', 'cpu.shares', '', (limits) => limits.cpuShares),
    remark: 'Version 2 gets the weight that lies on the same curve: 1,024 is 100.',
  },
  {
    option: 'cpuMaxCores',
    v2: {
      controller: 'cpu',
      files: 'cpu.max',
      write: ({ limits: { cpuMaxCores } }) =>
        cpuMaxCores === undefined
          ? []
          : [{ file: 'cpu.max', value: `${quota(cpuMaxCores, 'max')} ${cpuPeriodUs}` }],
    },
    v1: {
      controller: 'cpu',
      files: 'cpu.cfs_period_us, cpu.cfs_quota_us',
      write: ({ limits: { cpuMaxCores } }) =>
        cpuMaxCores === undefined
          ? []
          : [
              { file: 'cpu.cfs_period_us', value: String(cpuPeriodUs) },
              { file: 'cpu.cfs_quota_us', value: quota(cpuMaxCores, '-1') },
            ],
    },
    remark: 'Counted in windows of 100 ms. Absent in kernels without CONFIG_CFS_BANDWIDTH.',
  },
  {
    option: 'cpusetCpus',
    ...listFile('cpuset.cpus', ({ limits }) => limits.cpusetCpus),
    remark:
      'Version 2 falls back to what the group above has when none of the CPUs is there; version 1 refuses.',
  },
  {
    option: 'cpusetMems',
    ...listFile('cpuset.mems', ({ limits }) => limits.cpusetMems),
    remark: 'As `cpusetCpus`.',
  },
  {
    option: 'cores',
    ...listFile('cpuset.cpus', ({ reservedCpus }) => reservedCpus),
    remark:
      'The CPUs are chosen among the free ones; groups of tasks without `cores` get the rest, and at least one is left to them.',
  },
];

function quota(cores: number | 'max', unlimited: string): string {
  return cores === 'max' ? unlimited : String(Math.round(cores * cpuPeriodUs));
}

/** io.max has one line per device; the names of its keys, by ours. */
const ioKeys = [
  ['readBytesPerSecond', 'rbps', 'blkio.throttle.read_bps_device'],
  ['writeBytesPerSecond', 'wbps', 'blkio.throttle.write_bps_device'],
  ['readOperationsPerSecond', 'riops', 'blkio.throttle.read_iops_device'],
  ['writeOperationsPerSecond', 'wiops', 'blkio.throttle.write_iops_device'],
] as const;

function ioMaxV2(device: DeviceLimit): FileValue {
  const parts = ioKeys.flatMap(([option, key]) => {
    const value = device[option];
    return value === undefined ? [] : [`${key}=${value}`];
  });
  return { file: 'io.max', value: `${device.device} ${parts.join(' ')}` };
}

function ioMaxV1(device: DeviceLimit): FileValue[] {
  return ioKeys.flatMap(([option, , file]) => {
    const value = device[option];
    return value === undefined ? [] : [{ file, value: `${device.device} ${amount(value, '0')}` }];
  });
}

/** BFQ's weights end at 1,000. */
const mostBfqWeight = 1000;

const otherRows: readonly LimitRow[] = [
  {
    option: 'pidsMax',
    v2: numberFile('pids', 'pids.max', 'max', (limits) => limits.pidsMax),
    v1: numberFile('pids', 'pids.max', 'max', (limits) => limits.pidsMax),
    remark: 'The same in both versions.',
  },
  {
    option: 'ioWeight',
    v2: {
      controller: 'io',
      files: 'io.weight, or io.bfq.weight',
      write: ({ limits: { ioWeight } }) => {
        if (ioWeight === undefined) return [];
        const bfq = String(Math.min(ioWeight, mostBfqWeight));
        return [
          {
            file: 'io.weight',
            value: `default ${ioWeight}`,
            otherwise: { file: 'io.bfq.weight', value: bfq },
          },
        ];
      },
    },
    v1: {
      controller: 'blkio',
      files: 'blkio.bfq.weight, or blkio.weight',
      write: ({ limits: { ioWeight } }) => {
        if (ioWeight === undefined) return [];
        const value = String(Math.min(ioWeight, mostBfqWeight));
        const otherwise = { file: 'blkio.weight', value: String(Math.max(Number(value), 10)) };
        return [{ file: 'blkio.bfq.weight', value, otherwise }];
      },
    },
    remark:
      'Needs CONFIG_BLK_CGROUP_IOCOST, or the scheduler BFQ, whose weights end at 1,000. Of no effect on disks with another scheduler.',
  },
  {
    option: 'ioMax',
    v2: {
      controller: 'io',
      files: 'io.max',
      write: ({ limits: { ioMax } }) => (ioMax ?? []).map(ioMaxV2),
    },
    v1: {
      controller: 'blkio',
      files: 'blkio.throttle.read_bps_device, …write_bps…, …read_iops…, …write_iops…',
      write: ({ limits: { ioMax } }) => (ioMax ?? []).flatMap(ioMaxV1),
    },
    remark: 'Version 1 does not count writes that go through the page cache.',
  },
  {
    option: 'hugetlbMaxBytes',
    v2: {
      controller: 'hugetlb',
      files: 'hugetlb.SIZE.max',
      write: ({ limits }) => hugetlb(limits, 'max', 'max'),
    },
    v1: {
      controller: 'hugetlb',
      files: 'hugetlb.SIZE.limit_in_bytes',
      write: ({ limits }) => hugetlb(limits, 'limit_in_bytes', '-1'),
    },
    remark: 'The sizes are those of /sys/kernel/mm/hugepages. Rounded down to whole pages.',
  },
];

function hugetlb({ hugetlbMaxBytes }: TaskLimits, file: string, unlimited: string): FileValue[] {
  return Object.entries(hugetlbMaxBytes ?? {}).map(([size, value]) => ({
    file: `hugetlb.${size}.${file}`,
    value: amount(value, unlimited),
  }));
}

/** All limits. Their order is the order of the writes. */
export const limitTable: readonly LimitRow[] = [...memoryRows, ...cpuRows, ...otherRows];
