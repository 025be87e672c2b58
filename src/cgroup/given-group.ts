// Owner of a group that a scheduler has made for one task alone: its limits are written there and it may be killed, but it is its
// maker's to remove.

import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { native } from '../native.ts';
import { noDescriptors } from '../process/own-group.ts';
import { CgroupError } from './cgroup-errors.ts';
import { failureOf } from './failed-call.ts';
import { cannotMake } from './group-errors.ts';
import { GroupPaths } from './group-paths.ts';
import { GroupRemover } from './group-remover.ts';
import { Hierarchies } from './hierarchies.ts';
import { demandOf } from './limits/demand.ts';
import { LimitPlanner } from './limits/plan-limits.ts';
import { readLimits } from './limits/read-limits.ts';
import type { TaskLimits } from './limits/task-limits.ts';
import { isAnyOomGroup } from './oom-group.ts';
import { type GroupKeeper, type LimitState, TaskCgroup } from './task-cgroup.ts';
import { changeLimits } from './update-limits.ts';
import { writeLimits } from './write-limits.ts';

const taskMark = 'user.raw-exec.task';

/** Groups that a scheduler has made for one task alone, in either version. Absolute directories. */
export interface GivenGroup {
  /** Must be there. */
  readonly v2?: string;
  /** By controller, all with one last name. What is not there is made, and removed with the task. */
  readonly v1?: Readonly<Record<string, string>>;
  /** By controller: groups that others are in, too. They are joined, and nothing else is done to them. */
  readonly shared?: Readonly<Record<string, string>>;
}

/**
 * Writes the limits into the group. As `TaskCgroups.open`, but that a group that is not there is an error, and a refused start leaves
 * it as it is.
 */
export function openGivenGroup(
  taskId: string,
  given: GivenGroup,
  limits: TaskLimits = {},
  implied: TaskLimits = {},
): TaskCgroup {
  const keeper = new GivenPlace(given);
  const planner = new LimitPlanner(keeper.hierarchies);
  const asked = readLimits(limits);
  const demand = demandOf(planner, keeper.mask, asked, readLimits(implied));
  keeper.make(taskId);
  try {
    const refused = writeLimits(keeper.paths, demand.files, asked);
    const failed = new Set(refused.map(({ option }) => option));
    return keeper.taskCgroup(taskId, {
      limits: demand.limits,
      writes: demand.files.filter(({ option }) => !failed.has(option)),
      notApplied: [...demand.notApplied, ...refused],
      killsSharers: demand.limits.memoryOomGroup === true || keeper.isAnyOomGroup(),
    });
  } catch (error) {
    keeper.unmake();
    throw error;
  }
}

/** The same for a task that an earlier process has started. Its maker may have removed the group when the task had ended. */
export function adoptGivenGroup(taskId: string, given: GivenGroup, state: LimitState): TaskCgroup {
  const mayBeGone = true;
  const keeper = new GivenPlace(given, mayBeGone);
  keeper.findMade(taskId);
  return keeper.taskCgroup(taskId, { ...state, killsSharers: true });
}

class GivenPlace implements GroupKeeper {
  readonly hierarchies: Hierarchies;
  readonly paths: GroupPaths;
  /** All hierarchies of version 1, as bits of their indices. */
  readonly mask: number;
  readonly #given: GivenGroup;
  readonly #remover = new GroupRemover();
  /** That were not there before. */
  #made: readonly string[] = [];

  constructor(given: GivenGroup, mayBeGone = false) {
    const { v2, v1 = {} } = given;
    const name = basename(v2 ?? Object.values(v1)[0] ?? '');
    const controllers = v2 === undefined ? Object.keys(v1) : controllersOf(v2, mayBeGone);
    const parents = Object.entries(v1).map(([controller, directory]) => ({
      controller,
      directory: dirname(directory),
    }));
    this.hierarchies = new Hierarchies({
      parent: { ...(v2 !== undefined && { v2: dirname(v2) }), v1: parents },
      controllers,
    });
    this.mask = (1 << this.hierarchies.v1.length) - 1;
    this.paths = new GroupPaths(this.hierarchies, this.mask, name);
    this.#given = given;
    const other = Object.values(v1).find((directory) => basename(directory) !== name);
    if (name === '' || other !== undefined) throw noName(other ?? '');
  }

  /** What is made has the mark of the task: whoever takes it over knows by that what to remove. @throws CgroupError */
  make(taskId: string): void {
    const made: string[] = [];
    this.#made = made;
    for (const path of this.paths.v1Directories) {
      try {
        mkdirSync(path);
        made.push(path);
        // Where the kernel keeps no attributes (before Linux 5.7) an empty group is left when this process ends before the task.
        native.groupMark(path, taskId);
      } catch (error) {
        const { code, errno } = failureOf(error);
        if (code === 'EEXIST') continue;
        this.unmake();
        throw cannotMake(path, errno);
      }
    }
  }

  /** What another process has made for the task. */
  findMade(taskId: string): void {
    const { v1Directories } = this.paths;
    this.#made = v1Directories.filter((path) => native.readAttribute(path, taskMark) === taskId);
  }

  /** For a start that was refused: why is what its caller has to know, and nobody is in these groups. */
  unmake(): void {
    for (const path of this.#made) rmdirSync(path);
    this.#made = [];
  }

  isAnyOomGroup(): boolean {
    return this.paths.v2 !== undefined && isAnyOomGroup(this.paths.v2);
  }

  taskCgroup(taskId: string, state: LimitState & { readonly killsSharers: boolean }): TaskCgroup {
    const group = { paths: this.paths, descriptors: noDescriptors };
    const shared = Object.entries(this.#given.shared ?? {}).map(([controller, directory]) => ({
      controller,
      directory,
    }));
    return new TaskCgroup(taskId, this, group, { ...state, shared });
  }

  update(
    group: TaskCgroup,
    changes: TaskLimits,
    check: ((planned: LimitState) => void) | undefined,
  ): Promise<void> {
    const planner = new LimitPlanner(this.hierarchies);
    return changeLimits(group, this.hierarchies, planner, readLimits(changes), check);
  }

  /** What the task has made below, and what was made for it; the rest is its maker's. */
  async remove(_group: TaskCgroup | undefined, timeoutMs: number): Promise<void> {
    const made = new Set(this.#made);
    const below = this.paths.all.filter((path) => !made.has(path)).flatMap(groupsIn);
    const gone = [...below, ...made];
    if (gone.length > 0) await this.#remover.remove(gone, timeoutMs);
    await this.#remover.whenIdle();
  }
}

function controllersOf(group: string, mayBeGone: boolean): readonly string[] {
  const file = `${group}/cgroup.controllers`;
  try {
    return readFileSync(file, 'utf8').trim().split(' ');
  } catch (error) {
    const { code } = failureOf(error);
    if (mayBeGone && isGone(code)) return [];
    throw new CgroupError(
      'ERR_CGROUP',
      `cannot use the group ${group} that was made for a task: reading ${file} failed (${code}). Is it there, and of version 2?`,
      { path: group, cause: error },
    );
  }
}

/** Directly below. */
function groupsIn(group: string): readonly string[] {
  try {
    const entries = readdirSync(group, { withFileTypes: true });
    return entries.filter((one) => one.isDirectory()).map(({ name }) => `${group}/${name}`);
  } catch (error) {
    // Its maker was faster.
    if (isGone(failureOf(error).code)) return [];
    throw error;
  }
}

function isGone(code: string): boolean {
  return code === 'ENOENT' || code === 'ENODEV';
}

function noName(path: string): CgroupError {
  return new CgroupError(
    'ERR_CGROUP',
    `cannot use the groups that were made for a task: they have different names (${path}), or none`,
    { path },
  );
}
