import assert from 'node:assert/strict';
import test from 'node:test';
import { parseProcStat } from '../../src/driver/proc-stat.ts';

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
  });
});

test('A text that is cut short is no process.', () => {
  assert.equal(parseProcStat(''), undefined);
  assert.equal(parseProcStat('77 (a) S 12'), undefined);
});
