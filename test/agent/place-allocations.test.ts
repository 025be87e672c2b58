// Which allocations a job is to have, cell by cell: what is there × what the job wants.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientStatus } from '../../src/agent/service/client-status.ts';
import { placeAllocations } from '../../src/agent/service/place-allocations.ts';
import type { AllocationRecord, TaskRecord } from '../../src/agent/state/records.ts';
import type { Job } from '../../src/job/job-model.ts';
import { loadJobFile } from '../../src/job/load-job-file.ts';
import { taskRecord } from '../helpers/agent-records.ts';

function jobWith(count: number): Job {
  const source = JSON.stringify({
    ID: 'job',
    Type: 'batch',
    TaskGroups: [
      {
        Name: 'group',
        Count: count,
        Tasks: [{ Name: 'task', Driver: 'raw_exec', Config: { command: 'true' } }],
      },
    ],
  });
  const { job } = loadJobFile({ source, filename: 'job.json' });
  assert.ok(job);
  return job;
}

let index = 0;
function allocation(fields: Partial<AllocationRecord> = {}): AllocationRecord {
  index += 1;
  return {
    version: 1,
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name: 'job.group[0]',
    index: 0,
    jobId: 'job',
    jobVersion: 0,
    group: 'group',
    evaluationId: '',
    desired: 'run',
    desiredReason: '',
    createdAt: 0,
    modifiedAt: 0,
    createIndex: index,
    modifyIndex: index,
    rescheduledAt: [],
    ports: [],
    taskPorts: {},
    tasks: { task: taskRecord() },
    isBegun: true,
    isOver: false,
    ...fields,
  };
}

interface Wanted {
  readonly count?: number;
  readonly isStopped?: boolean;
  readonly isOutdated?: boolean;
}

/** `placed`: the index of each, with `+` where it stands for another one. */
function decide(
  all: readonly AllocationRecord[],
  { count = 1, isStopped = false, isOutdated = false }: Wanted = {},
): { placed: string[]; ended: string[] } {
  const changes = placeAllocations(
    { job: jobWith(count), isStopped, isOutdated: () => isOutdated },
    all,
  );
  return {
    placed: changes.place.map(({ index: at, previous }) => (previous ? `${at}+` : `${at}`)),
    ended: changes.end.map(({ allocation: one, reason }) => `${one.index}: ${reason}`),
  };
}

test('what is wanted and not there is placed', () => {
  assert.deepEqual(decide([], { count: 2 }), { placed: ['0', '1'], ended: [] });
  assert.deepEqual(decide([allocation()], { count: 2 }), { placed: ['1'], ended: [] });
  assert.deepEqual(decide([], { count: 2, isStopped: true }), { placed: [], ended: [] });
});

test('what runs stays, unless it is wanted no more or is another one now', () => {
  const runs = allocation();
  assert.deepEqual(decide([runs]), { placed: [], ended: [] });
  assert.deepEqual(decide([runs], { isStopped: true }).ended, ['0: the job was stopped']);
  assert.deepEqual(decide([runs], { count: 0 }).ended, ['0: the group has a count of 0 now']);
  assert.deepEqual(decide([runs], { isOutdated: true }), {
    placed: ['0+'],
    ended: ['0: the job has changed'],
  });
  const other = allocation({ group: 'gone' });
  assert.deepEqual(decide([other], { count: 0 }).ended, ['0: the job has no such group now']);
});

test('what has ended by itself is done with, until the job changes', () => {
  for (const isFailed of [false, true]) {
    const over = allocation({
      isOver: true,
      tasks: { task: taskRecord({ state: 'dead', isFailed }) },
    });
    assert.deepEqual(decide([over]), { placed: [], ended: [] });
    assert.deepEqual(decide([over], { isOutdated: true }), { placed: ['0+'], ended: [] });
  }
});

test('what was ended is replaced when it is wanted, once', () => {
  const stopped = allocation({ desired: 'stop', isOver: true });
  assert.deepEqual(decide([stopped]), { placed: ['0+'], ended: [] });
  assert.deepEqual(decide([stopped], { isStopped: true }), { placed: [], ended: [] });
  assert.deepEqual(decide([stopped, allocation()]), { placed: [], ended: [] });
  // It may still be ending.
  assert.deepEqual(decide([allocation({ desired: 'stop' })]), { placed: ['0+'], ended: [] });
});

test('an allocation is pending, running, complete or failed by its tasks', () => {
  const status = (tasks: Partial<TaskRecord>[], isOver: boolean): string =>
    clientStatus(
      allocation({
        isOver,
        tasks: Object.fromEntries(tasks.map((one, at) => [at, taskRecord(one)])),
      }),
    );
  assert.equal(status([{ state: 'pending', instance: 0 }], false), 'pending');
  assert.equal(status([{ instance: 0 }, {}], false), 'running');
  assert.equal(status([{ state: 'dead' }], true), 'complete');
  assert.equal(status([{ state: 'dead' }, { state: 'dead', isFailed: true }], true), 'failed');
});
