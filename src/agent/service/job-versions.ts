// Owner of the models of stored jobs: the versions of a job, and whether an allocation of an older one is what the newest asks for.

import { isDeepStrictEqual } from 'node:util';
import type { Job } from '../../job/job-model.ts';
import { loadJobFile } from '../../job/load-job-file.ts';
import type { AllocationRecord, JobRecord } from '../state/records.ts';

type ApiJob = Record<string, unknown>;

/** As many as Nomad keeps; those of living allocations stay besides. */
const mostVersions = 6;

/** By the version that they were read from, which does not change: each allocation of a job asks for its own. */
const read = new WeakMap<ApiJob, Job>();

/** A job that was read before, so it can be read again. */
export function readStoredJob(job: ApiJob, id: string): Job {
  const known = read.get(job);
  if (known !== undefined) return known;
  const source = JSON.stringify(job);
  const loaded = loadJobFile({ source, filename: id }, { format: 'api-json' });
  if (loaded.job !== undefined) {
    read.set(job, loaded.job);
    return loaded.job;
  }
  const why = loaded.diagnostics.map(({ summary }) => summary).join('; ');
  throw new Error(`the stored job ${id} cannot be read by this version: ${why}`);
}

export function storedVersion(record: JobRecord, version: number): ApiJob | undefined {
  return record.versions.find(({ jobVersion }) => jobVersion === version)?.job;
}

export function newestVersion(record: JobRecord): ApiJob {
  const job = record.versions.at(-1)?.job;
  if (job === undefined) throw new Error(`job ${record.id} has no version`);
  return job;
}

/** Keeps the newest, and those that are in use. */
export function trimVersions(record: JobRecord, used: ReadonlySet<number>): void {
  const newest = record.versions.slice(-mostVersions);
  record.versions = record.versions.filter(
    (one) => newest.includes(one) || used.has(one.jobVersion),
  );
}

/** Whether the tasks of the allocation would be others now. How many there are of them does not matter. */
export function isOutdated(record: JobRecord, { jobVersion, group }: AllocationRecord): boolean {
  if (jobVersion === record.jobVersion) return false;
  const before = storedVersion(record, jobVersion);
  if (before === undefined) return true;
  const now = newestVersion(record);
  return !isDeepStrictEqual(tasksOf(before, group), tasksOf(now, group));
}

function tasksOf(job: ApiJob, name: string): unknown {
  const { TaskGroups: groups, Priority: _priority, ...rest } = job;
  const list = Array.isArray(groups) ? (groups as ApiJob[]) : [];
  const { Count: _count, ...group } = list.find((one) => one['Name'] === name) ?? {};
  return { ...rest, group };
}
