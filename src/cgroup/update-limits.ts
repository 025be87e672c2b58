// Changes the limits of a group that may hold processes.

import type { Hierarchies } from './hierarchies.ts';
import { unsupported } from './limits/demand.ts';
import type { LimitPlanner, LimitWrite } from './limits/plan-limits.ts';
import type { LimitOption, TaskLimits } from './limits/task-limits.ts';
import type { LimitState, TaskCgroup } from './task-cgroup.ts';
import { writeLimitsLater } from './write-limits.ts';

const memsw = 'memory.memsw.limit_in_bytes';

/** @throws CgroupError; see TaskCgroup.update */
export async function changeLimits(
  group: TaskCgroup,
  hierarchies: Hierarchies,
  planner: LimitPlanner,
  changes: TaskLimits,
  check?: (planned: LimitState) => void,
): Promise<void> {
  const limits: TaskLimits = { ...withoutRivals(group.limits, changes), ...changes };
  const options = new Set<string>(Object.keys(changes));
  // Version 1 counts swap together with memory: a new limit of one is a new limit of both.
  if (options.has('memoryMaxBytes') && limits.swapMaxBytes !== undefined)
    options.add('swapMaxBytes');
  const { writes, missing } = planner.plan({ limits }, options);
  const [lacking] = missing;
  if (lacking !== undefined) throw unsupported(lacking);
  for (const { option, hierarchy } of writes) {
    if (hierarchy < 0 || group.group.paths.v1[hierarchy] !== undefined) continue;
    const { directory = '' } = hierarchies.v1[hierarchy] ?? {};
    const reason = `the task was started outside ${directory}, and is not moved: give the limit at the start`;
    throw unsupported({ option, reason });
  }
  if (options.has('cores')) {
    const reason = 'the CPUs of a running task are not chosen anew: give "cores" at the start';
    throw unsupported({ option: 'cores', reason });
  }
  if (options.has('cpusetCpus') && group.limits.cores !== undefined) {
    const reason = 'the task has CPUs of its own ("cores"), until it ends';
    throw unsupported({ option: 'cpusetCpus', reason });
  }
  const { notApplied } = group;
  check?.({ limits, writes: mergeWrites(group.writes, writes), notApplied });
  try {
    await writeLimitsLater(group.group.paths, liftedFirst(writes));
  } catch (error) {
    await putBack(group, writes);
    throw error;
  }
  // Another change may have been made meanwhile.
  group.limits = { ...withoutRivals(group.limits, changes), ...changes };
  group.writes = mergeWrites(group.writes, writes);
}

/** Without what is another way to say one of the changes. */
function withoutRivals(limits: TaskLimits, changes: TaskLimits): TaskLimits {
  const { cpuShares, cpuWeight, ...rest } = limits;
  const isShareChanged = 'cpuShares' in changes || 'cpuWeight' in changes;
  if (isShareChanged) return rest;
  return limits;
}

/** memory.memsw may never be below memory.limit, and both may move either way: so it is lifted before both are set. */
function liftedFirst(writes: readonly LimitWrite[]): readonly LimitWrite[] {
  const swap = writes.find(({ file }) => file === memsw);
  return swap === undefined ? writes : [{ ...swap, value: '-1' }, ...writes];
}

/** What was lifted for a change that was then refused would else stay unlimited. Before the change nothing was higher. */
async function putBack(group: TaskCgroup, writes: readonly LimitWrite[]): Promise<void> {
  const before = group.writes.find(({ file }) => file === memsw);
  if (before === undefined || !writes.some(({ file }) => file === memsw)) return;
  // Refused when the other half of the change was taken: then the caller is told of the failed change, and may make another.
  await writeLimitsLater(group.group.paths, [before]).catch(() => undefined);
}

function mergeWrites(
  before: readonly LimitWrite[],
  changed: readonly LimitWrite[],
): readonly LimitWrite[] {
  const options = new Set<LimitOption>(changed.map(({ option }) => option));
  return [...before.filter(({ option }) => !options.has(option)), ...changed];
}
