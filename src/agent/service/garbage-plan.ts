// Pure: what of ended allocations and dead jobs may go now, and when that is to be asked again.

import type { AllocationRecord, JobRecord } from '../state/records.ts';
import { jobStatus } from './client-status.ts';
import { newestVersion } from './job-versions.ts';

/** When what has ended is collected. */
export interface GcSettings {
  /** How often the disk is looked at while there is something to collect. */
  readonly intervalMs: number;
  /** As many allocation directories are kept, those of running allocations among them. */
  readonly maxAllocations: number;
  /** Of the disk of the allocation directories, in percent: above, ended ones go until it is not any more. */
  readonly diskUsage: number;
  /** The same of its inodes. */
  readonly inodeUsage: number;
  /** How long a dead job is kept. */
  readonly jobAgeMs: number;
  /** How long the record of an ended allocation is kept, when nothing depends on it. */
  readonly allocationAgeMs: number;
}

export interface GarbagePlan {
  /** They go with all that they have left. */
  readonly jobs: readonly JobRecord[];
  /** They go with their directories. */
  readonly allocations: readonly AllocationRecord[];
  /** Their directories go, because there are too many; the oldest first. */
  readonly directories: readonly AllocationRecord[];
  /** Their directories go only when the disk is full; the oldest first. */
  readonly spare: readonly AllocationRecord[];
  /** Absent: not before something else has ended. */
  readonly nextAtMs?: number;
}

export function planGarbage(
  jobs: readonly JobRecord[],
  allocations: readonly AllocationRecord[],
  settings: GcSettings,
  nowMs: number,
): GarbagePlan {
  const byJob = groupByJob(allocations);
  const later: number[] = [];
  const isDue = (endedAtMs: number, ageMs: number): boolean => {
    const dueAtMs = endedAtMs + ageMs;
    if (dueAtMs > nowMs) later.push(dueAtMs);
    return dueAtMs <= nowMs;
  };
  const goneJobs = jobs.filter((job) => {
    const its = byJob.get(job.id) ?? [];
    return isDead(job, its) && isDue(deadSince(job, its), settings.jobAgeMs);
  });
  const isGone = new Set(goneJobs);
  const staying = jobs.filter((job) => !isGone.has(job));
  const rest = staying.flatMap(({ id }) => byJob.get(id) ?? []);
  const needed = new Set(staying.flatMap((job) => neededBy(job, byJob.get(job.id) ?? [])));
  const gone = new Set(
    rest.filter(
      (one) => one.isOver && !needed.has(one) && isDue(endedAt(one), settings.allocationAgeMs),
    ),
  );
  const withDirectory = rest.filter((one) => !gone.has(one) && one.isCollected !== true);
  const ended = withDirectory
    .filter(({ isOver }) => isOver)
    .toSorted((a, b) => endedAt(a) - endedAt(b));
  const surplus = Math.max(0, withDirectory.length - settings.maxAllocations);
  const spare = ended.slice(surplus);
  // What fills the disk tells nobody.
  if (spare.length > 0) later.push(nowMs + settings.intervalMs);
  return {
    jobs: goneJobs,
    allocations: [...gone],
    directories: ended.slice(0, surplus),
    spare,
    ...(later.length > 0 && { nextAtMs: Math.min(...later) }),
  };
}

/** Whether a job has nothing left to do, and nobody expects it to be there: one that was not stopped is somebody's service. */
export function isDead(job: JobRecord, allocations: readonly AllocationRecord[]): boolean {
  if (jobStatus(job, allocations) !== 'dead') return false;
  return job.isStopped || ['batch', 'sysbatch'].includes(String(newestVersion(job)['Type']));
}

function groupByJob(
  allocations: readonly AllocationRecord[],
): ReadonlyMap<string, readonly AllocationRecord[]> {
  const groups = new Map<string, AllocationRecord[]>();
  for (const one of allocations) {
    const group = groups.get(one.jobId);
    if (group === undefined) groups.set(one.jobId, [one]);
    else group.push(one);
  }
  return groups;
}

function deadSince(job: JobRecord, allocations: readonly AllocationRecord[]): number {
  const evaluatedAt = job.evaluations.at(-1)?.createdAt ?? 0;
  return Math.max(job.submittedAt, evaluatedAt, ...allocations.map(endedAt));
}

/**
 * The newest of each place that the job has. It says that the work of the place is done, or when it is to be tried again: without it a
 * batch task would run a second time.
 */
function neededBy(job: JobRecord, allocations: readonly AllocationRecord[]): AllocationRecord[] {
  const { TaskGroups: groups } = newestVersion(job);
  const names = new Set((Array.isArray(groups) ? groups : []).map(({ Name }) => String(Name)));
  const newest = new Map<string, AllocationRecord>();
  for (const one of allocations) {
    if (!names.has(one.group)) continue;
    const known = newest.get(one.name);
    if (known === undefined || known.createIndex < one.createIndex) newest.set(one.name, one);
  }
  return [...newest.values()];
}

function endedAt({ tasks, modifiedAt }: AllocationRecord): number {
  const times = Object.values(tasks).map(({ finishedAt }) => finishedAt ?? 0);
  return Math.max(0, ...times) || modifiedAt;
}
