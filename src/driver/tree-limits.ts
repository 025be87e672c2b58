// Pure: what a task cannot have that has no group of its own.

import type { NotAppliedLimit } from '../cgroup/applied-limits.ts';
import { CgroupError } from '../cgroup/cgroup-errors.ts';
import { readLimits } from '../cgroup/limits/read-limits.ts';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { TaskPlan } from './task-host.ts';

/**
 * What is wrong with limits is said on every host in the same words, before what this one cannot do.
 * @returns limits that were only implied, and that the task does not have
 * @throws CgroupError ERR_LIMIT_UNSUPPORTED for one that was asked for
 */
export function limitsInTree({ limits, impliedLimits, cgroup }: TaskPlan): NotAppliedLimit[] {
  const isOverride = cgroup !== undefined;
  refuseLimits(readLimits(limits ?? {}), isOverride);
  const reason = isOverride
    ? 'the task is in a group that others may use, where no limit is written'
    : 'tasks have no cgroups of their own here';
  const implied = Object.keys(impliedLimits ?? {}) as (keyof TaskLimits)[];
  return implied.map((option) => ({ option, reason }));
}

export function noGroupToLimit(id: string): CgroupError {
  return new CgroupError(
    'ERR_LIMIT_UNSUPPORTED',
    `cannot change limits of task ${JSON.stringify(id)}: it has no cgroup of its own`,
  );
}

function refuseLimits(limits: TaskLimits, isOverride: boolean): void {
  const [first] = Object.keys(limits);
  if (first === undefined) return;
  throw new CgroupError(
    'ERR_LIMIT_UNSUPPORTED',
    isOverride
      ? `the limit ${first} cannot be had together with a cgroup override: that group may hold others, and nothing is written to it`
      : `the limit ${first} cannot be had: tasks have no cgroups of their own on this host. \`raw-exec doctor\` says why`,
  );
}
