// Owner of one start with everything that holds the task together: a cgroup of its own, or a reaper.

import { existsSync } from 'node:fs';
import type { AppliedLimit, NotAppliedLimit } from '../cgroup/applied-limits.ts';
import { openGivenGroup } from '../cgroup/given-group.ts';
import type { TaskCgroup } from '../cgroup/task-cgroup.ts';
import type { Containment } from '../containment/containment.ts';
import { containByGroups } from '../containment/group-containment.ts';
import { JointContainment } from '../containment/joint-containment.ts';
import { spawnReaped } from '../containment/spawn-reaped.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnOptions, StdioSlot } from '../process/spawn-options.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import type { GroupWatch } from './group-watch.ts';
import type { OpenGroups } from './host-groups.ts';
import type { TaskPlan } from './task-host.ts';
import { limitsInTree } from './tree-limits.ts';

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

/** What a host has for its tasks. */
export interface HostPlaces {
  /** Undefined when tasks without a given group get a reaper. */
  readonly open: OpenGroups | undefined;
  readonly watch: GroupWatch;
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
  { open, watch }: HostPlaces,
): Promise<HeldTask> {
  const options = spawnOptionsOf(plan, stdio);
  const group = plan.cgroup === undefined ? openGroup(id, plan, open) : undefined;
  if (group === undefined) return startReaped(plan, options);
  try {
    // Before anything runs in it: with little memory the program may be killed before this thread goes on.
    watch.add(id, group.paths);
    // The main process goes when this one does, even by SIGKILL; what else is in the group is removed with it by the next host.
    const child = spawn(plan.command, plan.args, {
      ...options,
      cgroup: group.spawnOption(),
      parentDeathSignal: 'SIGKILL',
    });
    const containment = containByGroups(group.paths, {
      killFile: open?.place.killFile ?? hasKillFile(group),
    });
    if (containment === undefined) throw new Error(`the group of task ${id} has no directory`);
    return { child, containment, group, notApplied: group.notApplied };
  } catch (error) {
    watch.remove(id);
    // Why it was not started is what the caller has to know. A process that hangs on its way to the program keeps the group, too;
    // the next host removes it.
    await group.remove().catch(() => undefined);
    throw error;
  }
}

function openGroup(
  id: string,
  { givenGroup, limits, impliedLimits }: TaskPlan,
  open: OpenGroups | undefined,
): TaskCgroup | undefined {
  if (givenGroup !== undefined) return openGivenGroup(id, givenGroup, limits, impliedLimits);
  return open?.groups.open(id, limits, impliedLimits);
}

function hasKillFile({ paths: { v2 } }: TaskCgroup): boolean {
  return v2 !== undefined && existsSync(`${v2}/cgroup.kill`);
}

function startReaped(plan: TaskPlan, options: SpawnOptions): HeldTask {
  const notApplied = limitsInTree(plan);
  const { child, containment } = spawnReaped(plan.command, plan.args, {
    ...options,
    onSupervisorExit: 'kill',
  });
  const trees = new JointContainment(containment);
  return { child, containment: trees, trees, notApplied };
}

/** For inspection. */
export function appliedLimits({ group }: HeldTask): readonly AppliedLimit[] {
  return group?.applied() ?? [];
}
