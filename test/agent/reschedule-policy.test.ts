import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideReschedule } from '../../src/agent/service/reschedule-policy.ts';
import type { Reschedule } from '../../src/job/job-model.ts';

const minute = 60_000;
const policy = (fields: Partial<Reschedule>): Reschedule => ({
  attempts: 0,
  intervalMs: 60 * minute,
  delayMs: 1000,
  delayFunction: 'constant',
  maxDelayMs: 60 * minute,
  unlimited: true,
  ...fields,
});
/** The delays of the first replacements, each failing at once. */
function delays(fields: Partial<Reschedule>, count: number): number[] {
  const replaced: number[] = [];
  const found: number[] = [];
  let now = 1_000_000;
  while (found.length < count) {
    const decision = decideReschedule(policy(fields), replaced, now);
    if (decision.kind === 'giveUp') break;
    found.push(decision.atMs - now);
    now = decision.atMs;
    replaced.push(now);
  }
  return found;
}

test('the delay stays, doubles, or grows as the numbers of Fibonacci, up to the longest', () => {
  assert.deepEqual(delays({}, 3), [1000, 1000, 1000]);
  assert.deepEqual(
    delays({ delayFunction: 'exponential', maxDelayMs: 5000 }, 5),
    [1000, 2000, 4000, 5000, 5000],
  );
  assert.deepEqual(
    delays({ delayFunction: 'fibonacci', maxDelayMs: 0 }, 6),
    [1000, 1000, 2000, 3000, 5000, 8000],
  );
});

test('one that ran for longer than the longest delay begins anew', () => {
  const growing = policy({ delayFunction: 'exponential', maxDelayMs: 10_000 });
  const decision = decideReschedule(growing, [0, 2000, 6000], 16_001);
  assert.equal(decision.kind === 'replace' && decision.atMs - 16_001, 1000);
});

test('attempts are counted within the interval, and end it', () => {
  const limited = { unlimited: false, attempts: 2 };
  assert.equal(delays(limited, 9).length, 2);
  const old = decideReschedule(policy(limited), [0, 1], 61 * minute);
  assert.equal(old.kind, 'replace');
  const none = decideReschedule(policy({ unlimited: false }), [], 0);
  assert.deepEqual(none, { kind: 'giveUp', reason: 'its reschedule policy has no attempts' });
});
