import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type ProcessFacts,
  parseProcMemory,
  parseProcStat,
  selectTaskProcesses,
} from '../../src/driver/proc-stat.ts';

test('A process name with brackets and blanks does not shift the fields behind it.', () => {
  const text =
    '77 (a) R (b c) S 12 70 60 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 9999 123 45 18446744073709551615\n';
  assert.deepEqual(parseProcStat(text), {
    pid: 77,
    parentPid: 12,
    processGroup: 70,
    session: 60,
    isZombie: false,
    startTicks: 9999,
    userCpuMs: (10 + 30) * 10,
    systemCpuMs: (20 + 40) * 10,
  });
});

test('A text that is cut short is no process.', () => {
  assert.equal(parseProcStat(''), undefined);
  assert.equal(parseProcStat('77 (a) S 12'), undefined);
});

test('Memory is read in bytes, and a process that has ended has none.', () => {
  assert.deepEqual(parseProcMemory('Name:\tx\nVmRSS:\t    1024 kB\nVmSwap:\t       8 kB\n'), {
    rssBytes: 1024 * 1024,
    swapBytes: 8192,
  });
  assert.deepEqual(parseProcMemory('Name:\tx\nState:\tZ (zombie)\n'), {
    rssBytes: 0,
    swapBytes: 0,
  });
});

function facts(pid: number, parentPid: number, processGroup: number): ProcessFacts {
  const rest = { session: 1, isZombie: false, startTicks: 1, userCpuMs: 0, systemCpuMs: 0 };
  return { pid, parentPid, processGroup, ...rest };
}

test('A task is its process group and all that descends from it, whatever the order of ids.', () => {
  const all = [
    facts(5, 90, 5),
    facts(10, 1, 10),
    facts(90, 100, 90),
    facts(100, 10, 100),
    facts(101, 1, 100),
    facts(200, 1, 200),
  ];
  const pids = selectTaskProcesses(all, 100).map(({ pid }) => pid);
  assert.deepEqual(pids, [5, 90, 100, 101]);
});
