// Owner of nothing: decides what a job is to have now, has it done, and keeps what came of it.

import { randomUUID } from 'node:crypto';
import type { EvaluationRecord, JobRecord } from '../state/records.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Allocations } from './allocations.ts';
import type { EventJournal } from './event-journal.ts';
import { isOutdated, newestVersion, readStoredJob, trimVersions } from './job-versions.ts';
import { placeAllocations } from './place-allocations.ts';

export interface EvaluationContext {
  readonly store: StateStore;
  readonly allocations: Allocations;
  readonly journal: EventJournal;
  readonly nextIndex: () => number;
}

/** As many as are kept of each job. */
const mostEvaluations = 20;

/** Resolves when the allocations are decided and the job is kept. Only in the job's turn. */
export async function evaluateJob(
  { store, allocations, journal, nextIndex }: EvaluationContext,
  record: JobRecord,
  triggeredBy: string,
): Promise<EvaluationRecord> {
  const job = readStoredJob(newestVersion(record), record.id);
  const { id, isStopped } = record;
  const { place, end } = placeAllocations(
    { job, isStopped, isOutdated: (one) => isOutdated(record, one) },
    allocations.recordsOf(id),
  );
  const evaluation: EvaluationRecord = {
    id: randomUUID(),
    jobId: id,
    type: job.type,
    priority: job.priority,
    triggeredBy,
    createdAt: Date.now(),
    index: nextIndex(),
    jobIndex: record.jobModifyIndex,
    failures: {},
    unplaced: {},
  };
  // What is started must not be without its job for the next agent.
  if (place.length > 0) await store.saveJob(record);
  for (const { allocation, reason } of end) await allocations.end(allocation.id, reason);
  const refused = new Map<string, string[]>();
  for (const placement of place) {
    const { group } = placement;
    const reasons = refused.get(group.name) ?? (await allocations.refusals(job, group));
    refused.set(group.name, reasons);
    const failures =
      reasons.length > 0 ? reasons : await allocations.place(record, job, placement, evaluation.id);
    if (failures.length > 0) noteFailure(evaluation, group.name, failures);
  }
  journal.add(evaluation.index, {
    topic: 'Evaluation',
    type: 'EvaluationUpdated',
    record: evaluation,
  });
  record.evaluations = [...record.evaluations, evaluation].slice(-mostEvaluations);
  trimVersions(record, new Set(allocations.recordsOf(id).map(({ jobVersion }) => jobVersion)));
  await store.saveJob(record);
  return evaluation;
}

function noteFailure(evaluation: EvaluationRecord, group: string, reasons: string[]): void {
  const { failures, unplaced } = evaluation;
  failures[group] = [...new Set([...(failures[group] ?? []), ...reasons])];
  unplaced[group] = (unplaced[group] ?? 0) + 1;
}
