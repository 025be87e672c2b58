// Owner of one start with everything that holds the task together: a cgroup of its own, or a reaper.

import type { AppliedLimit, NotAppliedLimit } from '../cgroup/applied-limits.ts';
import { CgroupError } from '../cgroup/cgroup-errors.ts';
import { readLimits } from '../cgroup/limits/read-limits.ts';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { TaskCgroup } from '../cgroup/task-cgroup.ts';
import type { Containment } from '../containment/containment.ts';
import { containByGroups } from '../containment/group-containment.ts';
import { JointContainment } from '../containment/joint-containment.ts';
import { spawnReaped } from '../containment/spawn-reaped.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnOptions, StdioSlot } from '../process/spawn-options.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import type { OpenGroups } from './host-groups.ts';
import type { TaskPlan } from './task-host.ts';

/** What every process of a task starts with: the main one, and those that are run beside it. */
export function spawnOptionsOf(plan: TaskPlan, stdio: readonly StdioSlot[]): SpawnOptions {
  const { credentials, oomScoreAdj, cgroup, networkNamespace } = plan;
  return {
    cwd: plan.cwd,
    env: plan.env,
    stdio,
    processGroup: 'new',
    ...(credentials && {
      user: credentials.uid,
      group: credentials.gid,
      groups: credentials.groups,
    }),
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
    ...(cgroup && { cgroup }),
    ...(networkNamespace !== undefined && { networkNamespace }),
  };
}

/** A task that has been started. */
export interface HeldTask {
  readonly child: SpawnedProcess;
  readonly containment: Containment;
  /** Its own group; absent for a task that a reaper holds. */
  readonly group?: TaskCgroup;
  /** Without a group: where the trees of commands that run beside it are added. */
  readonly trees?: JointContainment;
  /** Limits that were only implied, and that it does not have. */
  readonly notApplied: readonly NotAppliedLimit[];
}

/**
 * Starts the task. A group that its configuration names may hold strangers, so such a task has a reaper, too.
 *
 * Throws what `spawn` throws, and CgroupError for a limit that was asked for and cannot be had; nothing is left then.
 */
export async function startHeld(
  id: string,
  plan: TaskPlan,
  stdio: readonly StdioSlot[],
  open: OpenGroups | undefined,
): Promise<HeldTask> {
  const options = spawnOptionsOf(plan, stdio);
  if (open === undefined || plan.cgroup !== undefined) return startReaped(plan, options);
  const group = open.groups.open(id, plan.limits, plan.impliedLimits);
  try {
    // Before anything runs in it: with little memory the program may be killed before this thread goes on.
    open.oom.add(id, group.paths);
    open.stats.add(id, group.paths);
    // The main process goes when this one does, even by SIGKILL; what else is in the group is removed with it by the next host.
    const child = spawn(plan.command, plan.args, {
      ...options,
      cgroup: group.spawnOption(),
      parentDeathSignal: 'SIGKILL',
    });
    const containment = containByGroups(group.paths, { killFile: open.place.killFile });
    if (containment === undefined) throw new Error(`the group of task ${id} has no directory`);
    return { child, containment, group, notApplied: group.notApplied };
  } catch (error) {
    open.oom.remove(id);
    open.stats.remove(id);
    // Why it was not started is what the caller has to know. A process that hangs on its way to the program keeps the group, too;
    // the next host removes it.
    await group.remove().catch(() => undefined);
    throw error;
  }
}

function startReaped(plan: TaskPlan, options: SpawnOptions): HeldTask {
  // What is wrong with them is said on every host in the same words, before what this one cannot do.
  refuseLimits(readLimits(plan.limits ?? {}), plan.cgroup !== undefined);
  const { child, containment } = spawnReaped(plan.command, plan.args, {
    ...options,
    onSupervisorExit: 'kill',
  });
  const reason =
    plan.cgroup === undefined
      ? 'tasks have no cgroups of their own here'
      : 'the task is in a group that others may use, where no limit is written';
  const implied = Object.keys(plan.impliedLimits ?? {}) as (keyof TaskLimits)[];
  const trees = new JointContainment(containment);
  return {
    child,
    containment: trees,
    trees,
    notApplied: implied.map((option) => ({ option, reason })),
  };
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

/** For inspection. */
export function appliedLimits({ group }: HeldTask): readonly AppliedLimit[] {
  return group?.applied() ?? [];
}
