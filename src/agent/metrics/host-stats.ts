// Owner of nothing; asks the system: what this host has, and uses, as Nomad's API tells it.

import { readFile, statfs } from 'node:fs/promises';
import { type CpuInfo, cpus, uptime } from 'node:os';
import { parseMountinfo } from '../../cgroup/mountinfo.ts';
import type { Pair } from '../../driver/sample-pair.ts';
import { type Json, nanoseconds } from '../http/job-json.ts';

export async function hostStats(
  allocationBase: string,
  cpu: Pair<readonly CpuInfo[]>,
): Promise<Json> {
  const shares = cpuShares(cpu);
  const disk = await diskStats(allocationBase);
  return {
    Memory: memoryStats(await readFile('/proc/meminfo', 'utf8')),
    CPU: shares.map(({ name, user, system, idle }) => ({
      CPU: name,
      User: user,
      System: system,
      Idle: idle,
      TotalPercent: user + system,
    })),
    DiskStats: [disk],
    AllocDirStats: disk,
    DeviceStats: [],
    Uptime: Math.floor(uptime()),
    // MHz that are used, over all CPUs.
    CPUTicksConsumed: shares.reduce(
      (sum, one) => sum + ((one.user + one.system) / 100) * one.mhz,
      0,
    ),
    Timestamp: nanoseconds(Date.now()),
  };
}

/** proc_meminfo(5); `MemAvailable` is what a program may have without swapping, and is no part of what is used. */
export function memoryStats(meminfo: string): Json {
  const bytes = (name: string): number => {
    const [, kilobytes = '0'] = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo) ?? [];
    return Number(kilobytes) * 1024;
  };
  const total = bytes('MemTotal');
  const available = bytes('MemAvailable');
  return { Total: total, Available: available, Used: total - available, Free: bytes('MemFree') };
}

interface CpuShare {
  readonly name: string;
  readonly mhz: number;
  readonly user: number;
  readonly system: number;
  readonly idle: number;
}

/** Percent of each CPU. One that has come since is not told. */
export function cpuShares({ before, after }: Pair<readonly CpuInfo[]>): CpuShare[] {
  return after.sample.flatMap(({ times, speed }, at) => {
    const first = before.sample[at]?.times;
    if (first === undefined) return [];
    const since = (name: keyof typeof times): number => Math.max(0, times[name] - first[name]);
    const total = since('user') + since('nice') + since('sys') + since('irq') + since('idle');
    const percent = (part: number): number => (total > 0 ? (part / total) * 100 : 0);
    return [
      {
        name: `cpu${at}`,
        mhz: speed,
        user: percent(since('user') + since('nice')),
        system: percent(since('sys') + since('irq')),
        idle: percent(since('idle')),
      },
    ];
  });
}

export function currentCpus(): Promise<readonly CpuInfo[]> {
  return Promise.resolve(cpus());
}

async function diskStats(directory: string): Promise<Json> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(directory);
  const used = (blocks - bfree) * bsize;
  const available = bavail * bsize;
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
  const mount = mounts
    .filter(({ mountPoint }) => mountPoint === '/' || `${directory}/`.startsWith(`${mountPoint}/`))
    // A later one hides an earlier one.
    .reduce((best, one) => (one.mountPoint.length >= best.mountPoint.length ? one : best), {
      device: '',
      mountPoint: '',
    });
  return {
    Device: mount.device,
    Mountpoint: mount.mountPoint,
    Size: blocks * bsize,
    Used: used,
    Available: available,
    // As df(1) has it: what only root may use is neither.
    UsedPercent: used + available > 0 ? (used / (used + available)) * 100 : 0,
    InodesUsedPercent: files > 0 ? ((files - ffree) / files) * 100 : 0,
  };
}
