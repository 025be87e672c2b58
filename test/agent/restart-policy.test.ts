// Restart policies, cell by cell, on a clock of their own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type InstanceEnd,
  type RestartDecision,
  RestartPolicy,
  restartsOnSuccess,
} from '../../src/agent/restart-policy.ts';
import type { TaskRole } from '../../src/agent/task-order.ts';
import type { JobType, Restart } from '../../src/job/job-model.ts';

const minute = 60_000;
const service: Restart = {
  attempts: 2,
  intervalMs: 30 * minute,
  delayMs: 15_000,
  mode: 'fail',
  renderTemplates: false,
};

function decisions(
  policy: Restart,
  ends: readonly (readonly [InstanceEnd, number])[],
  { onSuccess = true, chance = 0 } = {},
): RestartDecision[] {
  const tracker = new RestartPolicy(policy, onSuccess, () => chance);
  return ends.map(([end, atMs]) => tracker.decide(end, atMs));
}

const kinds = (made: readonly RestartDecision[]): string[] => made.map(({ kind }) => kind);
const delays = (made: readonly RestartDecision[]): (number | undefined)[] =>
  made.map((one) => (one.kind === 'restart' ? one.delayMs : undefined));

test('which exits with 0 restart', () => {
  const expected: Readonly<Record<TaskRole, readonly JobType[]>> = {
    main: ['service', 'system'],
    prestart: [],
    prestartSidecar: ['service', 'batch', 'sysbatch', 'system'],
    poststart: [],
    poststartSidecar: ['service', 'batch', 'sysbatch', 'system'],
    poststop: [],
  };
  const types: readonly JobType[] = ['service', 'batch', 'sysbatch', 'system'];
  for (const [role, restarting] of Object.entries(expected)) {
    const found = types.filter((type) => restartsOnSuccess(type, role as TaskRole));
    assert.deepEqual(found, restarting, role);
  }
});

test('attempts are counted in an interval that begins with the first end', () => {
  const made = decisions(service, [
    ['failed', 0],
    ['failed', minute],
    ['failed', 2 * minute],
  ]);
  assert.deepEqual(made, [
    { kind: 'restart', delayMs: 15_000, reason: 'attempt 1 of 2 in 1800 s' },
    { kind: 'restart', delayMs: 15_000, reason: 'attempt 2 of 2 in 1800 s' },
    { kind: 'giveUp', reason: 'the 2 attempts of 1800 s are used up' },
  ]);
});

test('the first end behind an interval begins another one', () => {
  const atEnd = decisions(service, [
    ['failed', 0],
    ['failed', 1],
    ['failed', 30 * minute],
  ]);
  assert.deepEqual(kinds(atEnd), ['restart', 'restart', 'giveUp']);
  const behind = decisions(service, [
    ['failed', 0],
    ['failed', 1],
    ['failed', 30 * minute + 1],
    ['failed', 60 * minute],
    ['failed', 60 * minute + 1],
  ]);
  assert.deepEqual(kinds(behind), ['restart', 'restart', 'restart', 'restart', 'giveUp']);
});

test('mode delay waits for the end of the interval, and counts anew then', () => {
  const policy: Restart = { ...service, attempts: 1, mode: 'delay' };
  const made = decisions(policy, [
    ['failed', 0],
    ['failed', 10 * minute],
    ['failed', 30 * minute + 1],
    ['failed', 31 * minute + 1],
  ]);
  assert.deepEqual(delays(made), [15_000, 20 * minute, 15_000, 29 * minute]);
});

test('up to a quarter of the delay is added by chance', () => {
  const delayAt = (chance: number): (number | undefined)[] =>
    delays(decisions(service, [['failed', 0]], { chance }));
  assert.deepEqual(delayAt(0), [15_000]);
  assert.deepEqual(delayAt(0.5), [16_875]);
  assert.deepEqual(delayAt(0.999_999), [18_749]);
});

test('a success that ends the work is no attempt, and one of a service is', () => {
  const ends = [
    ['succeeded', 0],
    ['succeeded', 1],
    ['succeeded', 2],
  ] as const;
  assert.deepEqual(kinds(decisions(service, ends, { onSuccess: false })), ['done', 'done', 'done']);
  assert.deepEqual(kinds(decisions(service, ends)), ['restart', 'restart', 'giveUp']);
});

test('without attempts nothing is started again', () => {
  const policy: Restart = { ...service, attempts: 0, mode: 'delay' };
  const made = decisions(policy, [
    ['succeeded', 0],
    ['failed', 0],
    ['startFailed', 0],
  ]);
  assert.deepEqual(made, [
    { kind: 'done' },
    { kind: 'giveUp', reason: 'its restart policy has no attempts' },
    { kind: 'giveUp', reason: 'its restart policy has no attempts' },
  ]);
});

test('a start that would fail again is not tried again, one that may succeed is', () => {
  const made = decisions(service, [
    ['startFailed', 0],
    ['startRefused', 1],
  ]);
  assert.deepEqual(kinds(made), ['restart', 'giveUp']);
});
