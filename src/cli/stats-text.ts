// Pure: what `raw-exec stats` shows.

import { bytesText } from './bytes-text.ts';
import { shortIdLength } from './find-allocation.ts';
import { table } from './table.ts';

/** The API's answer for an allocation, with what it was asked for. */
export interface AllocationStats {
  readonly ID: string;
  readonly JobID: string;
  readonly Tasks: Readonly<Record<string, TaskStats>>;
}

interface TaskStats {
  readonly ResourceUsage: {
    readonly CpuStats: { readonly Percent: number };
    readonly MemoryStats: { readonly RSS: number };
  };
  readonly Pids: Readonly<Record<string, unknown>>;
}

export function statsText(allocations: readonly AllocationStats[]): string {
  const rows = allocations.flatMap(({ ID: id, JobID: job, Tasks: tasks }) =>
    Object.entries(tasks).map(([name, { ResourceUsage: usage, Pids: pids }]) => [
      id.slice(0, shortIdLength),
      job,
      name,
      `${usage.CpuStats.Percent.toFixed(1)} %`,
      bytesText(usage.MemoryStats.RSS),
      String(Object.keys(pids).length),
    ]),
  );
  if (rows.length === 0) return 'Nothing runs.\n';
  return table([['Allocation', 'Job', 'Task', 'CPU', 'Memory', 'Pids'], ...rows]);
}
