// What processes have for themselves: no other process has these pages, and they go with it.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** Of processes, in KiB: Private_Clean and Private_Dirty of proc_pid_smaps(5). */
export function privateKib(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + privateOf(pid), 0);
}

function privateOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string): number => {
    const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`smaps_rollup of ${pid} has no ${name}`);
    return Number(value);
  };
  return field('Private_Clean') + field('Private_Dirty');
}

/** Children of a process that run the same executable as it does. */
export function helpersOf(parent: number): number[] {
  const program = programOf(parent);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent && programOf(pid) === program);
}

/** How many pipes processes have open. */
export function countPipes(pids: readonly number[]): number {
  const found = new Set<string>();
  for (const pid of pids) {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const info = statSync(`/proc/${pid}/fd/${name}`, { throwIfNoEntry: false });
      if (info?.isFIFO()) found.add(`${info.dev}:${info.ino}`);
    }
  }
  return found.size;
}

export const countDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

function parentOf(pid: number): number | undefined {
  const text = readStat(pid);
  return text === undefined ? undefined : Number(/\) \S (\d+)/.exec(text)?.[1]);
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // A kernel thread, a zombie, or it has ended since the listing.
    return undefined;
  }
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended since the listing.
    return undefined;
  }
}
