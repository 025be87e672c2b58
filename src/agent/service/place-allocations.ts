// Pure: which allocations a job is to have, from those that it has.

import type { Job, TaskGroup } from '../../job/job-model.ts';
import type { AllocationRecord } from '../state/records.ts';

/** An allocation to be made. */
export interface Placement {
  readonly group: TaskGroup;
  readonly index: number;
  /** The one that it stands for. */
  readonly previous?: AllocationRecord;
}

/** An allocation to be ended. */
export interface Ending {
  readonly allocation: AllocationRecord;
  readonly reason: string;
}

export interface Changes {
  readonly place: readonly Placement[];
  readonly end: readonly Ending[];
}

export interface JobState {
  readonly job: Job;
  readonly isStopped: boolean;
  /** Whether an allocation of an older version is to be replaced: its group is another one now. */
  readonly isOutdated: (allocation: AllocationRecord) => boolean;
}

/**
 * One allocation for each name `job.group[index]` that the job has: those that are there and wanted stay, finished work of a batch job
 * is not done again, and what has failed waits for its policy (reschedule-policy.ts).
 */
export function placeAllocations(
  { job, isStopped, isOutdated }: JobState,
  allocations: readonly AllocationRecord[],
): Changes {
  const place: Placement[] = [];
  const end: Ending[] = [];
  const wanted = new Map(isStopped ? [] : job.groups.map((group) => [group.name, group]));
  for (const allocation of allocations.filter(isLive)) {
    const group = wanted.get(allocation.group);
    if (isStopped) end.push({ allocation, reason: 'the job was stopped' });
    else if (group === undefined) end.push({ allocation, reason: 'the job has no such group now' });
    else if (allocation.index >= group.count)
      end.push({ allocation, reason: `the group has a count of ${group.count} now` });
    else if (isOutdated(allocation)) end.push({ allocation, reason: 'the job has changed' });
  }
  for (const group of wanted.values()) {
    for (let index = 0; index < group.count; index += 1) {
      const last = lastOf(allocations, group.name, index);
      if (last === undefined) place.push({ group, index });
      else if (isLive(last) ? isOutdated(last) : isToBeReplaced(last, isOutdated(last))) {
        place.push({ group, index, previous: last });
      }
    }
  }
  return { place, end };
}

/** What has ended is done with, unless somebody stopped it for another reason than that its work was wanted no more. */
function isToBeReplaced(last: AllocationRecord, isOutdated: boolean): boolean {
  if (last.desired === 'stop') return true;
  return isOutdated;
}

/** Runs, or is about to. */
export function isLive({ desired, isOver }: AllocationRecord): boolean {
  return desired === 'run' && !isOver;
}

function lastOf(
  allocations: readonly AllocationRecord[],
  group: string,
  index: number,
): AllocationRecord | undefined {
  return allocations
    .filter((one) => one.group === group && one.index === index)
    .toSorted((a, b) => a.createIndex - b.createIndex)
    .at(-1);
}
