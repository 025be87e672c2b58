// Owner of nothing; reads /proc: what single processes use, on demand.

import { ProcessColumn, processColumns } from '../native/statistics.ts';
import { native } from '../native.ts';

/** One process. With its start it is told from a later one of the same pid. */
export interface KnownProcess {
  readonly pid: number;
  /** Clock ticks since boot, proc_pid_stat(5) field 22. Absent: any process with this pid. */
  readonly startTicks?: number;
}

/** What one process uses. Frozen. */
export interface ProcessSample {
  readonly pid: number;
  readonly startTicks: number;
  readonly parentPid: number;
  /** With the children that it has waited for; in steps of 10 ms. */
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  /** Pages that several processes share are counted for each. */
  readonly rssBytes: number;
  readonly swapBytes: number;
  readonly threads: number;
  /** To and from block devices; absent for a process that this one may not look into. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
}

/** USER_HZ: 100 on every architecture that this package is built for. */
const msPerTick = 10;

/** Reads processes. Those that have ended, or are others than were meant, are not in the result. */
export function readProcesses(processes: readonly KnownProcess[]): readonly ProcessSample[] {
  const pids = Int32Array.from(processes, ({ pid }) => pid);
  const starts = Float64Array.from(processes, ({ startTicks }) => startTicks ?? Number.NaN);
  const rows = new Float64Array(processes.length * processColumns);
  native.readProcesses(pids, starts, rows);
  const samples: ProcessSample[] = [];
  for (const [index, pid] of pids.entries()) {
    const row = rows.subarray(index * processColumns, (index + 1) * processColumns);
    if (row[ProcessColumn.errno] === 0) samples.push(processSample(pid, row));
  }
  return samples;
}

function processSample(pid: number, row: Float64Array): ProcessSample {
  const column = (name: keyof typeof ProcessColumn): number =>
    row[ProcessColumn[name]] ?? Number.NaN;
  const readBytes = column('readBytes');
  const writtenBytes = column('writtenBytes');
  return Object.freeze({
    pid,
    startTicks: column('startTicks'),
    parentPid: column('parentPid'),
    userCpuMs: column('userTicks') * msPerTick,
    systemCpuMs: column('systemTicks') * msPerTick,
    rssBytes: column('rssBytes'),
    swapBytes: column('swapBytes'),
    threads: column('threads'),
    ...(Number.isNaN(readBytes) ? {} : { readBytes }),
    ...(Number.isNaN(writtenBytes) ? {} : { writtenBytes }),
  });
}
