// Owner of nothing; reads /proc: what a task uses.

import { wallClockNow } from '../clock.ts';
import { parseProcMemory, selectTaskProcesses } from './proc-stat.ts';
import { readProcFile, scanProcesses } from './process-scan.ts';
import type { ProcessUsage, TaskUsage } from './task-host.ts';

/**
 * Sums over the processes of the task whose main process is `mainPid`: its process group, and all that descend from it.
 * A process that has left both (a daemon) is not seen.
 */
export async function readTaskUsage(mainPid: number): Promise<TaskUsage> {
  const takenAt = wallClockNow();
  const facts = selectTaskProcesses(await scanProcesses(), mainPid);
  const processes = await Promise.all(
    facts.map(async ({ pid, userCpuMs, systemCpuMs }): Promise<ProcessUsage> => {
      const status = (await readProcFile(`/proc/${pid}/status`)) ?? '';
      return { pid, userCpuMs, systemCpuMs, ...parseProcMemory(status) };
    }),
  );
  const sum = (of: (usage: ProcessUsage) => number): number =>
    processes.reduce((total, usage) => total + of(usage), 0);
  return {
    takenAt,
    userCpuMs: sum((usage) => usage.userCpuMs),
    systemCpuMs: sum((usage) => usage.systemCpuMs),
    rssBytes: sum((usage) => usage.rssBytes),
    swapBytes: sum((usage) => usage.swapBytes),
    processes,
  };
}
