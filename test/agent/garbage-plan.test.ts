// What of ended allocations and dead jobs goes, and when the next look is: what is there × how old it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGcSettings } from '../../src/agent/gc-config.ts';
import { type GcSettings, planGarbage } from '../../src/agent/service/garbage-plan.ts';
import type { AllocationRecord, JobRecord } from '../../src/agent/state/records.ts';
import { allocationRecord, endedRecord, jobRecord } from '../helpers/agent-records.ts';

const hour = 3_600_000;
/** Not a time since 1970: whatever asks the system's clock shows. */
const now = 1000 * hour;
const before = (hours: number): number => now - hours * hour;

interface Plan {
  readonly jobs: readonly string[];
  readonly allocations: readonly string[];
  readonly directories: readonly string[];
  readonly spare: readonly string[];
  readonly nextInMs: number | undefined;
}

function plan(
  jobs: readonly JobRecord[],
  allocations: readonly AllocationRecord[],
  settings: Partial<GcSettings> = {},
): Plan {
  const found = planGarbage(jobs, allocations, { ...defaultGcSettings, ...settings }, now);
  const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);
  return {
    jobs: ids(found.jobs),
    allocations: ids(found.allocations),
    directories: ids(found.directories),
    spare: ids(found.spare),
    nextInMs: found.nextAtMs === undefined ? undefined : found.nextAtMs - now,
  };
}

const nothing: Plan = {
  jobs: [],
  allocations: [],
  directories: [],
  spare: [],
  nextInMs: undefined,
};

test('while everything runs there is nothing to collect, and no time to look again', () => {
  const running = [allocationRecord(), allocationRecord({ index: 1 })];
  assert.deepEqual(plan([jobRecord('service')], running, { maxAllocations: 0 }), nothing);
  assert.deepEqual(plan([], []), nothing);
});

test('a stopped job goes after its time, with all that it has left', () => {
  const job = jobRecord('service', { isStopped: true });
  const young = [endedRecord(before(9)), endedRecord(before(3), { index: 1 })];
  const { jobs, nextInMs } = plan([job], young, { intervalMs: 24 * hour });
  assert.deepEqual(jobs, []);
  assert.equal(nextInMs, hour);
  const old = [endedRecord(before(9)), endedRecord(before(4), { index: 1 })];
  assert.deepEqual(plan([job], old), { ...nothing, jobs: ['job'] });
});

test('a job that is dead since it was evaluated is as old as that', () => {
  const evaluation = {
    ...{ id: 'e', jobId: 'job', type: 'batch', priority: 50, triggeredBy: '' },
    ...{ createdAt: before(1), index: 1, jobIndex: 1, failures: {}, unplaced: {} },
  };
  const job = jobRecord('batch', { evaluations: [evaluation] });
  assert.equal(plan([job], [endedRecord(before(9))], { intervalMs: 24 * hour }).nextInMs, 3 * hour);
});

test('a batch job that is done goes; a service that nobody has stopped stays, with what it has last', () => {
  const ended = endedRecord(before(100));
  assert.deepEqual(plan([jobRecord('batch')], [ended]).jobs, ['job']);
  const service = plan([jobRecord('service')], [ended]);
  assert.deepEqual(service.jobs, []);
  assert.deepEqual(service.allocations, []);
  assert.deepEqual(service.spare, [ended.id]);
});

test('a job with something that runs, waits for its next attempt, or cannot be placed stays', () => {
  const ended = endedRecord(before(100));
  const running = allocationRecord({ index: 1 });
  assert.deepEqual(plan([jobRecord('batch')], [ended, running]).jobs, []);
  const waiting = endedRecord(before(100), { rescheduleAt: now + hour });
  const plans = plan([jobRecord('batch')], [waiting]);
  assert.deepEqual(plans.jobs, []);
  assert.deepEqual(plans.allocations, []);
});

test('the newest of each place stays while its job does, and older ones go after their time', () => {
  const job = jobRecord('batch');
  const old = endedRecord(before(9), { desired: 'stop' });
  const younger = endedRecord(before(0.5), { desired: 'stop' });
  const done = endedRecord(before(9));
  const other = endedRecord(before(9), { index: 1 });
  const running = allocationRecord({ index: 2 });
  const found = plan([job], [old, younger, done, other, running], { intervalMs: 24 * hour });
  assert.deepEqual(found.allocations, [old.id]);
  assert.deepEqual(found.spare, [done.id, other.id, younger.id]);
  assert.equal(found.nextInMs, hour / 2);
});

test('what a group has left that the job has no more goes after its time', () => {
  const gone = endedRecord(before(2), { group: 'former' });
  const running = allocationRecord();
  assert.deepEqual(plan([jobRecord('service')], [gone, running]).allocations, [gone.id]);
});

test('too many directories: the oldest ended ones go, those that run count and stay', () => {
  const job = jobRecord('batch');
  const collected = endedRecord(before(3), { index: 9, isCollected: true });
  const ended = [5, 4, 3].map((hours, index) => endedRecord(before(hours), { index }));
  const running = [6, 7].map((index) => allocationRecord({ index }));
  const all = [collected, ...running, ...ended.toReversed()];
  const found = plan([job], all, { maxAllocations: 3 });
  assert.deepEqual(
    found.directories,
    ended.slice(0, 2).map(({ id }) => id),
  );
  assert.deepEqual(
    found.spare,
    ended.slice(2).map(({ id }) => id),
  );
  assert.equal(found.nextInMs, defaultGcSettings.intervalMs);
  const none = plan([job], all, { maxAllocations: 0 });
  assert.equal(none.directories.length, 3);
  assert.deepEqual(none.spare, []);
  assert.equal(none.nextInMs, undefined);
});

test('with all ages at 0 everything goes that nobody needs', () => {
  const service = jobRecord('service');
  const batch = jobRecord('batch', { id: 'batch' });
  const first = endedRecord(before(0), { desired: 'stop' });
  const second = endedRecord(before(0));
  const done = endedRecord(before(0), { jobId: 'batch' });
  const settings = { jobAgeMs: 0, allocationAgeMs: 0, maxAllocations: 0 };
  assert.deepEqual(plan([service, batch], [first, second, done], settings), {
    ...nothing,
    jobs: ['batch'],
    allocations: [first.id],
    directories: [second.id],
  });
});
