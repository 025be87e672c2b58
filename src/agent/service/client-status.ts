// Pure: the state of an allocation and of a job in one of Nomad's words.

import type { AllocationRecord, JobRecord } from '../state/records.ts';
import { isLive } from './place-allocations.ts';

export type ClientStatus = 'pending' | 'running' | 'complete' | 'failed';
export type JobStatus = 'pending' | 'running' | 'dead';

export function clientStatus({ tasks, isOver }: AllocationRecord): ClientStatus {
  const all = Object.values(tasks);
  if (isOver) return all.some(({ isFailed }) => isFailed) ? 'failed' : 'complete';
  return all.some(({ instance }) => instance > 0) ? 'running' : 'pending';
}

/** A job without work to do is dead; one whose allocations cannot be made, or wait for their next attempt, is pending. */
export function jobStatus(job: JobRecord, allocations: readonly AllocationRecord[]): JobStatus {
  if (allocations.some((one) => !one.isOver)) return 'running';
  if (job.isStopped) return 'dead';
  const waits = allocations.some(
    (one) => one.rescheduleAt !== undefined && one.nextId === undefined,
  );
  const unplaced = Object.values(job.evaluations.at(-1)?.unplaced ?? {}).some((count) => count > 0);
  return waits || unplaced || allocations.length === 0 || allocations.some(isLive)
    ? 'pending'
    : 'dead';
}
