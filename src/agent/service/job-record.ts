// Pure: the record of a job that is registered, for the first time or again.

import { apiJob } from '../../job/api-job.ts';
import type { Job } from '../../job/job-model.ts';
import type { JobRecord, SubmissionRecord } from '../state/records.ts';
import { newestVersion } from './job-versions.ts';

/** What is registered. */
export interface Registration {
  readonly job: Job;
  /** Absent when only the job was sent. */
  readonly submission?: SubmissionRecord;
}

export function newJobRecord(
  { job, submission }: Registration,
  index: number,
  nowMs: number,
): JobRecord {
  return {
    version: 1,
    id: job.id,
    jobVersion: 0,
    isStopped: false,
    submittedAt: nowMs,
    createIndex: index,
    modifyIndex: index,
    jobModifyIndex: index,
    versions: [{ jobVersion: 0, job: { ...apiJob(job) }, ...(submission && { submission }) }],
    evaluations: [],
  };
}

/** The same job again is no new version, unless it was stopped. */
export function updateJobRecord(
  record: JobRecord,
  { job, submission }: Registration,
  index: number,
  nowMs: number,
): void {
  const next = { ...apiJob(job) };
  const isSame = JSON.stringify(next) === JSON.stringify(newestVersion(record));
  record.modifyIndex = index;
  if (isSame && !record.isStopped) return;
  record.isStopped = false;
  record.submittedAt = nowMs;
  record.jobModifyIndex = index;
  record.jobVersion += 1;
  record.versions.push({
    jobVersion: record.jobVersion,
    job: next,
    ...(submission && { submission }),
  });
}
