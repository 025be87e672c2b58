// Pure: the record of an allocation that is to be made.

import type { Job } from '../../job/job-model.ts';
import type { AssignedPort } from '../port-assignment.ts';
import { allocationName } from '../prepared-job.ts';
import type { AllocationRecord, JobRecord, TaskRecord } from '../state/records.ts';
import type { Placement } from './place-allocations.ts';
import { addEvent } from './task-events.ts';

export interface NewAllocation {
  /** A UUID. */
  readonly id: string;
  readonly job: JobRecord;
  readonly model: Job;
  readonly placement: Placement;
  readonly evaluationId: string;
  readonly ports: AssignedPort[];
  readonly taskPorts: Record<string, AssignedPort[]>;
  readonly index: number;
  readonly nowMs: number;
}

export function newAllocationRecord(made: NewAllocation): AllocationRecord {
  const { id, job, model, evaluationId, ports, taskPorts, nowMs } = made;
  const { group, index, previous } = made.placement;
  return {
    version: 1,
    id,
    name: allocationName(model, group, index),
    index,
    jobId: job.id,
    jobVersion: job.jobVersion,
    group: group.name,
    evaluationId,
    desired: 'run',
    desiredReason: '',
    createdAt: nowMs,
    modifiedAt: nowMs,
    createIndex: made.index,
    modifyIndex: made.index,
    ...(previous !== undefined && { previousId: previous.id }),
    rescheduledAt: previous?.rescheduleAt === undefined ? [] : [...previous.rescheduledAt, nowMs],
    ports,
    taskPorts,
    tasks: Object.fromEntries(group.tasks.map(({ name }) => [name, newTask()])),
    isBegun: false,
    isOver: false,
  };
}

function newTask(): TaskRecord {
  const task: TaskRecord = {
    state: 'pending',
    isFailed: false,
    instance: 0,
    restarts: 0,
    events: [],
    isThrough: false,
  };
  addEvent(task, 'Received', 'Received by the agent');
  return task;
}
