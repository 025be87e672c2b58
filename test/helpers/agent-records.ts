// Makes records of jobs and allocations, as the agent keeps them: a test says only what it is about.

import type { AllocationRecord, JobRecord, TaskRecord } from '../../src/agent/state/records.ts';

let serial = 0;

/** An allocation of `job.group[0]` that runs. The next one is newer. */
export function allocationRecord(fields: Partial<AllocationRecord> = {}): AllocationRecord {
  serial += 1;
  const { jobId = 'job', group = 'group', index = 0 } = fields;
  return {
    version: 1,
    id: `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
    name: `${jobId}.${group}[${index}]`,
    index,
    jobId,
    jobVersion: 0,
    group,
    evaluationId: '',
    desired: 'run',
    desiredReason: '',
    createdAt: 0,
    modifiedAt: 0,
    createIndex: serial,
    modifyIndex: serial,
    rescheduledAt: [],
    ports: [],
    taskPorts: {},
    tasks: { task: taskRecord() },
    isBegun: true,
    isOver: false,
    ...fields,
  };
}

export function taskRecord(fields: Partial<TaskRecord> = {}): TaskRecord {
  return {
    state: 'running',
    isFailed: false,
    instance: 1,
    restarts: 0,
    events: [],
    isThrough: false,
    ...fields,
  };
}

/** One that has ended at that time. */
export function endedRecord(
  finishedAt: number,
  fields: Partial<AllocationRecord> = {},
): AllocationRecord {
  const task = taskRecord({ state: 'dead', finishedAt, isThrough: true });
  return allocationRecord({ isOver: true, tasks: { task }, ...fields });
}

/** A job of one group with one task, registered at 0. */
export function jobRecord(
  type: 'service' | 'batch',
  fields: Partial<JobRecord> = {},
  groups: readonly string[] = ['group'],
): JobRecord {
  const { id = 'job' } = fields;
  return {
    version: 1,
    id,
    jobVersion: 0,
    isStopped: false,
    submittedAt: 0,
    createIndex: 1,
    modifyIndex: 1,
    jobModifyIndex: 1,
    versions: [
      { jobVersion: 0, job: { ID: id, Type: type, TaskGroups: groups.map((Name) => ({ Name })) } },
    ],
    evaluations: [],
    ...fields,
  };
}
