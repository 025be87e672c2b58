// Pure: what a start needs of its group: the hierarchies, the writes, and what the host does not have.

import type { NotAppliedLimit } from '../applied-limits.ts';
import { CgroupError } from '../cgroup-errors.ts';
import type { Hierarchies } from '../hierarchies.ts';
import { type LimitPlanner, type LimitWrite, type MissingLimit, noLimits } from './plan-limits.ts';
import type { LimitOption, TaskLimits } from './task-limits.ts';

export interface Demand {
  readonly limits: TaskLimits;
  /** Hierarchies of version 1, as bits of their indices. */
  readonly mask: number;
  readonly files: readonly LimitWrite[];
  /** Implied limits that the host does not have. */
  readonly notApplied: readonly NotAppliedLimit[];
  /** What may not fail. */
  readonly asked: TaskLimits;
}

/** Stands for the CPUs of `cores` until they are known. */
const coresPending = '';

type Mutable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/** Of two ways to say the same thing, what was asked for counts. */
const excludes: readonly (readonly [LimitOption, LimitOption])[] = [
  ['cpuWeight', 'cpuShares'],
  ['cpuShares', 'cpuWeight'],
  ['cores', 'cpusetCpus'],
  ['cpusetCpus', 'cores'],
];

/** @param joined - hierarchies that every group is in */
export function demandOf(
  planner: LimitPlanner,
  joined: number,
  asked: TaskLimits,
  implied: TaskLimits,
): Demand {
  const limits = mergeLimits(asked, implied);
  const { writes, missing } = planner.plan({ limits, reservedCpus: coresPending });
  for (const one of missing) {
    if (one.option in asked) throw unsupported(one);
  }
  let mask = joined;
  for (const { hierarchy } of writes) {
    if (hierarchy >= 0) mask |= 1 << hierarchy;
  }
  return { limits, mask, files: writes, notApplied: missing, asked };
}

/** What is implied, overruled by what was asked for. */
function mergeLimits(asked: TaskLimits, implied: TaskLimits): TaskLimits {
  if (implied === noLimits) return asked;
  const limits: Mutable<TaskLimits> = { ...implied };
  for (const [given, other] of excludes) {
    if (given in asked) delete limits[other];
  }
  return { ...limits, ...asked };
}

export function unsupported({ option, reason }: MissingLimit): CgroupError {
  return new CgroupError(
    'ERR_LIMIT_UNSUPPORTED',
    `this host cannot apply the limit "${option}": ${reason}. Leave it out, or run the task where the controller is to be had`,
    { option },
  );
}

/** Without version 2 a task without limits has to have a group somewhere: where it can be stopped as a whole, if possible. */
export function leastMask(hierarchies: Hierarchies): number {
  if (hierarchies.v2 !== undefined || hierarchies.v1.length === 0) return 0;
  const freezer = hierarchies.indexOfV1('freezer');
  return 1 << Math.max(0, freezer);
}

/** @throws CgroupError for a controller that has no hierarchy of version 1 here; one of version 2 needs no joining */
export function joinMask(hierarchies: Hierarchies, controllers: readonly string[]): number {
  let mask = 0;
  for (const controller of controllers) {
    if (hierarchies.hasV2(controller)) continue;
    const index = hierarchies.indexOfV1(controller);
    if (index < 0) {
      throw new CgroupError(
        'ERR_CGROUP',
        `tasks cannot join the controller ${controller}: ${hierarchies.whyNot(controller)}`,
      );
    }
    mask |= 1 << index;
  }
  return mask;
}
