/** `group` blocks. Pure. */
import { buildConstraints } from './build-constraint.ts';
import { buildNetworks } from './build-network.ts';
import { buildReschedule, buildRestart } from './build-policies.ts';
import { buildTask } from './build-task.ts';
import { checkName, checkNotNegative, checkWait } from './checks.ts';
import { defaultEphemeralDisk } from './job-defaults.ts';
import type { EphemeralDisk, JobType, Task, TaskGroup } from './job-model.ts';
import { notHonoured } from './not-honoured.ts';
import type { Problems } from './problems.ts';
import {
  child,
  children,
  flag,
  number,
  type RawBlock,
  rangeOf,
  text,
  textMap,
} from './raw-block.ts';

/** Builds a group of `job`. */
export function buildGroup(
  block: RawBlock,
  job: RawBlock,
  type: JobType,
  problems: Problems,
): TaskGroup {
  const name = text(block, 'name') ?? '';
  checkName('group', name, block, problems);
  checkNotNegative('count', block, problems);
  checkWait('shutdown_delay', block, problems);
  return {
    name,
    count: number(block, 'count') ?? 1,
    meta: textMap(block, 'meta'),
    constraints: buildConstraints(block, problems),
    restart: buildRestart([block], type, problems),
    reschedule: buildReschedule([job, block], type, problems),
    networks: buildNetworks(block, problems),
    ephemeralDisk: buildEphemeralDisk(child(block, 'ephemeral_disk')),
    shutdownDelayMs: number(block, 'shutdown_delay') ?? 0,
    tasks: buildTasks(block, name, type, problems),
    notHonoured: notHonoured(block),
  };
}

function buildTasks(group: RawBlock, groupName: string, type: JobType, problems: Problems): Task[] {
  const tasks: Task[] = [];
  const names = new Set<string>();
  let hasLeader = false;
  for (const block of children(group, 'task')) {
    const task = buildTask(block, group, type, problems);
    if (names.has(task.name)) {
      problems.error(
        `two tasks of group ${JSON.stringify(groupName)} are named ${JSON.stringify(task.name)}: each needs a name of its own`,
        rangeOf(block, 'name'),
      );
    }
    if (hasLeader && task.isLeader) {
      problems.error(
        `group ${JSON.stringify(groupName)} has two leaders: only one task may be it`,
        rangeOf(block, 'leader'),
      );
    }
    names.add(task.name);
    hasLeader ||= task.isLeader;
    tasks.push(task);
  }
  if (tasks.length === 0) {
    problems.error(
      `group ${JSON.stringify(groupName)} has no task, so there is nothing to run`,
      group.range,
    );
  }
  return tasks;
}

function buildEphemeralDisk(block: RawBlock | undefined): EphemeralDisk {
  return {
    sizeMB: number(block, 'size') ?? defaultEphemeralDisk.sizeMB,
    migrate: flag(block, 'migrate') ?? defaultEphemeralDisk.migrate,
    sticky: flag(block, 'sticky') ?? defaultEphemeralDisk.sticky,
  };
}
