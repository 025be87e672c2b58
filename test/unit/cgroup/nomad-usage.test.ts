import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuPercent, type GroupSample } from '../../../src/cgroup/group-sample.ts';
import { nomadUsage } from '../../../src/cgroup/nomad-usage.ts';

const first: GroupSample = {
  takenAtMs: 1000,
  cpu: { usageUs: 100_000, userUs: 60_000, systemUs: 40_000, throttledPeriods: 0, throttledUs: 0 },
};
const second: GroupSample = {
  takenAtMs: 2000,
  cpu: {
    usageUs: 600_000,
    userUs: 460_000,
    systemUs: 140_000,
    throttledPeriods: 3,
    throttledUs: 7,
  },
  memory: { currentBytes: 300, peakBytes: 400 },
  memoryDetail: { anonBytes: 100, fileBytes: 150 },
};

test('Shares come from two samples, in percent of one CPU.', () => {
  const usage = nomadUsage({ sample: first }, { sample: second, cpuPercent: 50 }, 2000);
  assert.deepEqual(usage.cpu, {
    systemMode: 10,
    userMode: 40,
    percent: 50,
    totalTicks: 1000,
    throttledPeriods: 3,
    throttledTime: 7000,
    measured: [
      'System Mode',
      'User Mode',
      'Percent',
      'Total Ticks',
      'Throttled Periods',
      'Throttled Time',
    ],
  });
});

test('Only what was measured is named as measured; the rest is 0.', () => {
  const usage = nomadUsage(undefined, { sample: second });
  assert.deepEqual(usage.cpu.measured, ['Throttled Periods', 'Throttled Time']);
  assert.equal(usage.cpu.percent, 0);
  assert.deepEqual(usage.memory, {
    rss: 100,
    cache: 150,
    maxUsage: 400,
    kernelUsage: 0,
    usage: 300,
    swap: 0,
    measured: ['RSS', 'Cache', 'Max Usage', 'Usage'],
  });
});

test('A share needs time between two samples, and is never negative.', () => {
  assert.equal(cpuPercent(first, second), 50);
  assert.equal(cpuPercent(first, first), undefined);
  assert.equal(cpuPercent(first, { takenAtMs: 2000 }), undefined);
  const restarted = { takenAtMs: 2000, cpu: { usageUs: 0 } };
  assert.equal(cpuPercent(first, restarted), 0);
});
