// Shares of CPU time from two samples, with a group's counters and without.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessSample } from '../../src/cgroup/process-list.ts';
import { sumUsage, taskResourceUsage } from '../../src/driver/nomad-task-usage.ts';
import type { TaskUsage } from '../../src/driver/task-host.ts';

const process = (pid: number, userCpuMs: number, systemCpuMs: number): ProcessSample => ({
  pid,
  startTicks: 7,
  parentPid: 1,
  userCpuMs,
  systemCpuMs,
  rssBytes: 1000,
  swapBytes: 10,
  threads: 1,
});

function usage(processes: readonly ProcessSample[], fields: Partial<TaskUsage> = {}): TaskUsage {
  const sum = (of: (one: ProcessSample) => number): number =>
    processes.reduce((total, one) => total + of(one), 0);
  return {
    takenAt: new Date(5),
    measuredBy: 'processes',
    userCpuMs: sum((one) => one.userCpuMs),
    systemCpuMs: sum((one) => one.systemCpuMs),
    rssBytes: sum((one) => one.rssBytes),
    swapBytes: sum((one) => one.swapBytes),
    processes,
    ...fields,
  };
}

test('without a group the sums over processes are compared, and each process with itself', () => {
  const before = { sample: usage([process(1, 100, 50), process(2, 10, 0)]), atMs: 1000 };
  const after = { sample: usage([process(1, 300, 150), process(3, 30, 0)]), atMs: 2000 };
  const told = taskResourceUsage({ before, after }, 2000);
  const { CpuStats: cpu, MemoryStats: memory } = told.ResourceUsage;
  assert.deepEqual([cpu.UserMode, cpu.SystemMode, cpu.Percent, cpu.TotalTicks], [22, 10, 32, 640]);
  assert.deepEqual(cpu.Measured, ['System Mode', 'User Mode', 'Percent', 'Total Ticks']);
  assert.deepEqual([memory.RSS, memory.Swap, memory.Measured], [2000, 20, ['RSS', 'Swap']]);
  assert.deepEqual(
    Object.entries(told.Pids).map(([pid, one]) => [pid, one.CpuStats.Percent]),
    [
      ['1', 30],
      ['3', 3],
    ],
  );
  assert.equal(told.Timestamp, 5_000_000);
});

test('when more has ended than was used since, nothing was used; no time, no share', () => {
  const before = { sample: usage([process(1, 500, 500)]), atMs: 1000 };
  const after = { sample: usage([process(2, 1, 0)]), atMs: 2000 };
  assert.equal(taskResourceUsage({ before, after }, 0).ResourceUsage.CpuStats.Percent, 0);
  const same = taskResourceUsage({ before, after: before }, 0).ResourceUsage.CpuStats;
  assert.deepEqual([same.Percent, same.Measured.includes('Total Ticks')], [0, false]);
});

test('with a group its counters count, by the clock of its samples', () => {
  const group = (takenAtMs: number, usageUs: number): Partial<TaskUsage> => ({
    measuredBy: 'cgroup',
    group: {
      takenAtMs,
      cpu: {
        usageUs,
        userUs: usageUs / 2,
        systemUs: usageUs / 2,
        throttledPeriods: 3,
        throttledUs: 9,
      },
      memory: { currentBytes: 700, peakBytes: 900 },
      memoryDetail: { anonBytes: 300, fileBytes: 200 },
    },
  });
  const before = { sample: usage([], group(100, 1_000_000)), atMs: 0 };
  const after = { sample: usage([], group(600, 1_750_000)), atMs: 9999 };
  const one = taskResourceUsage({ before, after }, 1000).ResourceUsage;
  assert.deepEqual(
    [
      one.CpuStats.Percent,
      one.CpuStats.UserMode,
      one.CpuStats.TotalTicks,
      one.CpuStats.ThrottledTime,
    ],
    [150, 75, 1500, 9000],
  );
  assert.deepEqual(
    [one.MemoryStats.RSS, one.MemoryStats.Usage, one.MemoryStats.MaxUsage, one.MemoryStats.Cache],
    [300, 700, 900, 200],
  );
  const both = sumUsage([one, one]);
  assert.deepEqual([both.CpuStats.Percent, both.MemoryStats.RSS], [300, 600]);
  assert.deepEqual(both.CpuStats.Measured, one.CpuStats.Measured);
});
