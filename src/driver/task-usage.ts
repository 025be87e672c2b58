// Owner of nothing; reads counters: what a task uses at this moment.

import type { GroupSample } from '../cgroup/group-sample.ts';
import { type ProcessSample, readProcesses } from '../cgroup/process-list.ts';
import { wallClockNow } from '../clock.ts';
import type { TaskUsage } from './task-host.ts';

/** The counters of the task's group, and its processes. What the group does not count is summed over these. */
export function groupUsage(group: GroupSample, processes: readonly ProcessSample[]): TaskUsage {
  const sums = sumOf(processes);
  const { cpu, memory, memoryDetail } = group;
  return {
    ...sums,
    measuredBy: 'cgroup',
    group,
    ...(cpu?.userUs !== undefined && { userCpuMs: cpu.userUs / 1000 }),
    ...(cpu?.systemUs !== undefined && { systemCpuMs: cpu.systemUs / 1000 }),
    ...(memoryDetail !== undefined && { rssBytes: memoryDetail.anonBytes }),
    ...(memory?.swapBytes !== undefined && { swapBytes: memory.swapBytes }),
  };
}

/** Without a group: sums over the processes below the task's reaper. */
export function readTreeUsage(pids: readonly number[]): TaskUsage {
  return sumOf(readProcesses(pids.map((pid) => ({ pid }))));
}

function sumOf(processes: readonly ProcessSample[]): TaskUsage {
  const sum = (of: (sample: ProcessSample) => number): number =>
    processes.reduce((total, sample) => total + of(sample), 0);
  return {
    takenAt: wallClockNow(),
    measuredBy: 'processes',
    userCpuMs: sum((sample) => sample.userCpuMs),
    systemCpuMs: sum((sample) => sample.systemCpuMs),
    rssBytes: sum((sample) => sample.rssBytes),
    swapBytes: sum((sample) => sample.swapBytes),
    processes,
  };
}
