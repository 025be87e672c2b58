// Pure: jobs as Nomad's API tells them. Times are nanoseconds since 1970.

import { clientStatus, jobStatus } from '../service/client-status.ts';
import { newestVersion, storedVersion } from '../service/job-versions.ts';
import type { AllocationRecord, EvaluationRecord, JobRecord } from '../state/records.ts';

export type Json = Record<string, unknown>;

const nanosecondsPerMs = 1_000_000;

export function nanoseconds(ms: number | undefined): number {
  return (ms ?? 0) * nanosecondsPerMs;
}

/** @param version absent: the newest */
export function jobObject(
  record: JobRecord,
  allocations: readonly AllocationRecord[],
  version = record.jobVersion,
): Json {
  const job = storedVersion(record, version) ?? newestVersion(record);
  return {
    ...job,
    AllAtOnce: false,
    ParentID: '',
    Dispatched: false,
    Periodic: null,
    ParameterizedJob: null,
    Payload: null,
    Stable: false,
    ...state(record, allocations),
    Version: version,
    JobModifyIndex: record.jobModifyIndex,
  };
}

export function jobStub(record: JobRecord, allocations: readonly AllocationRecord[]): Json {
  const job = newestVersion(record);
  return {
    ID: record.id,
    ParentID: '',
    Name: job['Name'],
    Namespace: job['Namespace'],
    Datacenters: job['Datacenters'],
    Type: job['Type'],
    Priority: job['Priority'],
    Periodic: false,
    ParameterizedJob: false,
    Version: record.jobVersion,
    ...state(record, allocations),
    JobSummary: jobSummary(record, allocations),
    JobModifyIndex: record.jobModifyIndex,
  };
}

export function jobSummary(record: JobRecord, allocations: readonly AllocationRecord[]): Json {
  const job = newestVersion(record);
  const groups = Array.isArray(job['TaskGroups']) ? (job['TaskGroups'] as Json[]) : [];
  const unplaced = record.evaluations.at(-1)?.unplaced ?? {};
  const summary = groups.map(({ Name }) => {
    const name = String(Name);
    const counts = { Queued: unplaced[name] ?? 0, Complete: 0, Failed: 0, Running: 0, Starting: 0 };
    for (const one of allocations) {
      if (one.group !== name) continue;
      counts[summaryWords[clientStatus(one)]] += 1;
    }
    return [name, { ...counts, Lost: 0, Unknown: 0 }];
  });
  return {
    JobID: record.id,
    Namespace: job['Namespace'],
    Summary: Object.fromEntries(summary) as Json,
    Children: { Pending: 0, Running: 0, Dead: 0 },
    CreateIndex: record.createIndex,
    ModifyIndex: record.modifyIndex,
  };
}

const summaryWords = {
  pending: 'Starting',
  running: 'Running',
  complete: 'Complete',
  failed: 'Failed',
} as const;

function state(record: JobRecord, allocations: readonly AllocationRecord[]): Json {
  return {
    Status: jobStatus(record, allocations),
    StatusDescription: '',
    Stop: record.isStopped,
    SubmitTime: nanoseconds(record.submittedAt),
    CreateIndex: record.createIndex,
    ModifyIndex: record.modifyIndex,
  };
}

export function evaluationObject(evaluation: EvaluationRecord): Json {
  const { failures, unplaced } = evaluation;
  const failed = Object.entries(failures).map(([group, reasons]) => [
    group,
    {
      NodesEvaluated: 1,
      NodesFiltered: 1,
      NodesAvailable: { dc1: 1 },
      ConstraintFiltered: Object.fromEntries(reasons.map((reason) => [reason, 1])) as Json,
      CoalescedFailures: Math.max(0, (unplaced[group] ?? 1) - 1),
    },
  ]);
  return {
    ID: evaluation.id,
    Namespace: 'default',
    Priority: evaluation.priority,
    Type: evaluation.type,
    TriggeredBy: evaluation.triggeredBy,
    JobID: evaluation.jobId,
    JobModifyIndex: evaluation.jobIndex,
    Status: 'complete',
    StatusDescription: '',
    FailedTGAllocs: failed.length === 0 ? null : (Object.fromEntries(failed) as Json),
    QueuedAllocations: unplaced,
    CreateIndex: evaluation.index,
    ModifyIndex: evaluation.index,
    CreateTime: nanoseconds(evaluation.createdAt),
    ModifyTime: nanoseconds(evaluation.createdAt),
  };
}
