// Owner of one task's group, from before the task's first process to its removal.

import { native } from '../native.ts';
import { OwnGroup } from '../process/own-group.ts';
import type { CgroupPaths } from '../process/spawn-options.ts';
import type { AppliedLimit, NotAppliedLimit } from './applied-limits.ts';
import { CgroupError } from './cgroup-errors.ts';
import { cannotMark } from './group-errors.ts';
import type { ReadyGroup } from './group-maker.ts';
import { formatMark, type GroupMark } from './group-owner.ts';
import type { Hierarchies } from './hierarchies.ts';
import type { LimitWrite } from './limits/plan-limits.ts';
import type { TaskLimits } from './limits/task-limits.ts';

/** What is known of the limits of a group. */
export interface LimitState {
  readonly limits: TaskLimits;
  readonly writes: readonly LimitWrite[];
  readonly notApplied: readonly NotAppliedLimit[];
}

/** What a group needs of the place that it was made in. */
export interface GroupKeeper {
  readonly hierarchies: Hierarchies;
  update(
    group: TaskCgroup,
    changes: TaskLimits,
    check: ((planned: LimitState) => void) | undefined,
  ): Promise<void>;
  remove(group: TaskCgroup, timeoutMs: number): Promise<void>;
}

export interface RemoveOptions {
  /** How long processes in the group are waited for. @default 10000 */
  readonly timeoutMs?: number;
}

const removeTimeoutMs = 10_000;

/** Absolute directories of a group. */
export interface TaskCgroupPaths {
  readonly v2?: string;
  readonly v1: readonly { readonly controller: string; readonly directory: string }[];
}

export class TaskCgroup {
  readonly taskId: string;
  readonly paths: TaskCgroupPaths;
  /** Limits that were only implied and that this host did not take. */
  readonly notApplied: readonly NotAppliedLimit[];
  /** All limits as they were given, updates included. */
  limits: TaskLimits;
  /** What was written; one entry per file. For `TaskCgroups`. */
  writes: readonly LimitWrite[];
  readonly group: ReadyGroup;
  /** Whether a scheduler has made it, and removes it. */
  readonly isGiven: boolean;
  readonly #keeper: GroupKeeper;
  readonly #option: OwnGroup;
  #removal: Promise<void> | undefined;

  constructor(
    taskId: string,
    keeper: GroupKeeper,
    group: ReadyGroup,
    state: LimitState & {
      /** Whether memory.oom.group is set in the group or above. */
      readonly killsSharers: boolean;
      /** For one that a scheduler has made: groups of version 1 that others are in, too. */
      readonly shared?: TaskCgroupPaths['v1'];
    },
  ) {
    this.taskId = taskId;
    this.group = group;
    this.limits = state.limits;
    this.writes = state.writes;
    this.notApplied = state.notApplied;
    this.#keeper = keeper;
    this.paths = describePaths(group, keeper.hierarchies);
    const { shared = [] } = state;
    this.isGiven = state.shared !== undefined;
    this.#option = new OwnGroup(
      group.paths.v2,
      [...this.paths.v1, ...shared],
      [...group.paths.v1Directories, ...shared.map(({ directory }) => directory)],
      group.descriptors,
    );
    // Then an OOM kill would take a parent that shares its memory with a child: the engine has to look.
    if (state.killsSharers) this.#option.close();
  }

  /** What `spawn` takes as `cgroup`. The group must not have been removed. */
  spawnOption(): CgroupPaths {
    if (this.#removal !== undefined) throw removed(this);
    return this.#option;
  }

  /**
   * Hands the group to those who look after it from here on. This object can still update and remove it.
   * @throws CgroupError `ERR_CGROUP`
   */
  giveTo(mark: GroupMark): void {
    // Nobody looks there for what we have left behind.
    if (this.isGiven) return;
    const path = this.group.paths.all[0] ?? '';
    const errno = native.groupGive(path, formatMark(mark));
    if (errno !== 0) throw cannotMark(path, errno);
  }

  /** What the kernel made of the limits: read now, from each file that was written. */
  applied(): readonly AppliedLimit[] {
    const files = this.writes.map(
      ({ hierarchy, file }) => `${this.group.paths.directory(hierarchy)}/${file}`,
    );
    if (files.length === 0) return [];
    const texts = native.groupRead(files.join('\0'));
    return this.writes.map(({ option }, index) => {
      const text = texts[index];
      return {
        option,
        file: files[index] ?? '',
        value: typeof text === 'string' ? text : undefined,
      };
    });
  }

  /**
   * Changes limits while the task runs; those that are not given stay. Resolves when the kernel has taken them, which lasts
   * when memory has to be reclaimed for it. Rejects with `ERR_LIMIT_REFUSED` at the first that it does not take: those before
   * it are changed; with `ERR_LIMIT_UNSUPPORTED` before any is, when the host has no such limit or the group is not in its
   * hierarchy.
   *
   * @param check gets what would be known then; what it throws is the rejection, and nothing is changed
   */
  async update(changes: TaskLimits, check?: (planned: LimitState) => void): Promise<void> {
    if (this.#removal !== undefined) throw removed(this);
    await this.#keeper.update(this, changes, check);
    if (changes.memoryOomGroup === true) this.#option.close();
  }

  /**
   * Removes the group with all that the task has made below it; waits for processes that are still in it.
   * Rejects with `ERR_CGROUP_BUSY` when they do not end; it can be called again then.
   */
  remove({ timeoutMs = removeTimeoutMs }: RemoveOptions = {}): Promise<void> {
    this.#option.close();
    this.#removal ??= this.#keeper.remove(this, timeoutMs).catch((error: unknown) => {
      this.#removal = undefined;
      throw error;
    });
    return this.#removal;
  }
}

function removed({ taskId }: TaskCgroup): CgroupError {
  return new CgroupError(
    'ERR_CGROUP_CLOSED',
    `the cgroup of task ${taskId} is removed: open another one`,
  );
}

function describePaths({ paths }: ReadyGroup, hierarchies: Hierarchies): TaskCgroupPaths {
  const v1: { readonly controller: string; readonly directory: string }[] = [];
  for (const [index, directory] of paths.v1.entries()) {
    if (directory === undefined) continue;
    for (const controller of hierarchies.v1[index]?.controllers ?? [])
      v1.push({ controller, directory });
  }
  return paths.v2 === undefined ? { v1 } : { v2: paths.v2, v1 };
}
