// Owner of nothing; reads /proc: what single processes use, on demand.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProcessColumn, processColumns } from '../native/statistics.ts';
import { native } from '../native.ts';
import type { StatsPaths } from './group-stats.ts';

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

/** The processes of a group and of all groups below it, sorted by pid; none when the group is gone. */
export async function readGroupProcesses(paths: StatsPaths): Promise<readonly ProcessSample[]> {
  const directory = paths.v2 ?? paths.v1[0]?.directory;
  if (directory === undefined) return [];
  const before = await groupPids(directory);
  const samples = readProcesses(before.map((pid) => ({ pid })));
  // A pid may have passed to a stranger in between: whoever is in the group after the reading is no stranger.
  const after = new Set(await groupPids(directory));
  return samples.filter(({ pid }) => after.has(pid));
}

async function groupPids(directory: string): Promise<readonly number[]> {
  const pids = new Set<number>();
  const waiting = [directory];
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    for (const pid of await ownPids(group)) pids.add(pid);
    for (const entry of await childGroups(group)) waiting.push(join(group, entry));
  }
  return [...pids].sort((a, b) => a - b);
}

async function ownPids(group: string): Promise<readonly number[]> {
  const text = await unlessGone(() => readFile(join(group, 'cgroup.procs'), 'latin1'), '');
  return text.split('\n').filter(Boolean).map(Number);
}

async function childGroups(group: string): Promise<readonly string[]> {
  const entries = await unlessGone(() => readdir(group, { withFileTypes: true }), []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** A group may be removed while it is looked at. */
async function unlessGone<Value>(act: () => Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ENODEV'].includes(String(error.code))
    )
      return otherwise;
    throw error;
  }
}
