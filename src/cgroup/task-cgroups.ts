// Owner of all groups of tasks that this process makes in one place: a pool of ready ones, those in use, those that go.

import { constants } from 'node:os';
import { basename } from 'node:path';
import { native } from '../native.ts';
import { invalidArgument } from '../process/invalid-option.ts';
import { noDescriptors } from '../process/own-group.ts';
import type { NotAppliedLimit } from './applied-limits.ts';
import { CgroupError } from './cgroup-errors.ts';
import { cannotMark } from './group-errors.ts';
import { closeDescriptors, discardGroup, GroupMaker, type ReadyGroup } from './group-maker.ts';
import { GroupPaths } from './group-paths.ts';
import { GroupPool } from './group-pool.ts';
import { GroupRemover } from './group-remover.ts';
import { type GroupPlace, Hierarchies } from './hierarchies.ts';
import {
  type IsLive,
  type ReapOptions,
  type ReapReport,
  reapLeftovers,
} from './leftover-groups.ts';
import { type Demand, demandOf, joinMask, leastMask } from './limits/demand.ts';
import { LimitPlanner, type LimitWrite, noLimits } from './limits/plan-limits.ts';
import { readLimits } from './limits/read-limits.ts';
import type { TaskLimits } from './limits/task-limits.ts';
import { isAnyOomGroup } from './oom-group.ts';
import { remakeParents } from './remake-parents.ts';
import { SharedCores } from './shared-cores.ts';
import {
  type GroupKeeper,
  type LimitState,
  TaskCgroup,
  type TaskCgroupPaths,
} from './task-cgroup.ts';
import { changeLimits } from './update-limits.ts';
import { writeLimits } from './write-limits.ts';

export interface TaskCgroupsOptions {
  /** Groups that are kept ready, for each set of hierarchies that tasks have needed. @default 8 */
  readonly poolSize?: number;
  /** The pool is filled up again when fewer are ready. @default half of `poolSize` */
  readonly refillBelow?: number;
  /**
   * Controllers of version 1 whose group each task joins though no limit of it needs that: for statistics, or to freeze it.
   * Any makes a start take the careful path. @default [], and without version 2 the freezer, or whichever is first
   */
  readonly join?: readonly string[];
}

const defaultPoolSize = 8;

const { EBUSY } = constants.errno;

export class TaskCgroups implements GroupKeeper {
  readonly hierarchies: Hierarchies;
  readonly #planner: LimitPlanner;
  readonly #pool: GroupPool;
  readonly #maker: GroupMaker;
  readonly #remover: GroupRemover = new GroupRemover();
  readonly #cores: SharedCores;
  /** Hierarchies of `join`, as bits of their indices. */
  readonly #joined: number;
  readonly #killsSharers: boolean;
  #isClosed = false;

  constructor(place: GroupPlace, options: TaskCgroupsOptions = {}) {
    const { poolSize = defaultPoolSize, join = [] } = options;
    const { refillBelow = Math.ceil(poolSize / 2) } = options;
    this.hierarchies = new Hierarchies(place);
    this.#planner = new LimitPlanner(this.hierarchies);
    this.#maker = new GroupMaker(this.hierarchies, () => remakeParents(place, this.hierarchies));
    this.#pool = new GroupPool(this.#maker, this.#remover, { size: poolSize, refillBelow });
    this.#cores = new SharedCores(this.hierarchies);
    this.#joined = joinMask(this.hierarchies, join) || leastMask(this.hierarchies);
    this.#killsSharers = this.hierarchies.v2 !== undefined && isAnyOomGroup(this.hierarchies.v2);
  }

  /**
   * A group for one task, with its limits written: a ready one when there is one, else a new one.
   *
   * @param taskId - kept with the group, so that it is known after this process has died
   * @param limits - asked for: one that cannot be applied is an error
   * @param implied - by the job's resources: one that cannot be applied is told of in `notApplied`
   * @throws InvalidLimitsError for limits that can never work
   * @throws CgroupError with `ERR_LIMIT_UNSUPPORTED`, `ERR_LIMIT_REFUSED`, `ERR_CORES_TAKEN`, `ERR_CGROUP`, `ERR_CGROUP_FULL` or
   *   `ERR_CGROUP_CLOSED`; nothing is left of the group then
   */
  open(taskId: string, limits: TaskLimits = {}, implied: TaskLimits = {}): TaskCgroup {
    const demand = this.#demandOf(taskId, limits, implied);
    return this.#openWith(this.#pool.take(demand), taskId, demand);
  }

  /**
   * The same for who starts many tasks at a time: while no group is ready it is made on another thread, which takes a start longer,
   * and holds up no other. Rejects as `open` throws.
   */
  async openLater(
    taskId: string,
    limits: TaskLimits = {},
    implied: TaskLimits = {},
  ): Promise<TaskCgroup> {
    const demand = this.#demandOf(taskId, limits, implied);
    const ready = await this.#pool.takeLater(demand);
    if (this.#isClosed) {
      if (ready !== undefined) discardGroup(ready);
      throw closed('open a cgroup');
    }
    return this.#openWith(ready, taskId, demand);
  }

  #demandOf(taskId: string, limits: TaskLimits, implied: TaskLimits): Demand {
    if (this.#isClosed) throw closed('open a cgroup');
    checkTaskId(taskId);
    return demandOf(this.#planner, this.#joined, checked(limits), checked(implied));
  }

  #openWith(ready: ReadyGroup | undefined, taskId: string, demand: Demand): TaskCgroup {
    const group = this.#take(ready, demand, taskId);
    try {
      return this.#equip(taskId, group, demand);
    } catch (error) {
      this.#cores.release(group.paths.name);
      discardGroup(group);
      throw error;
    }
  }

  /**
   * Takes over the group of a task that an earlier process started in this place.
   * @throws CgroupError `ERR_CGROUP` when the group is not of this place
   */
  adopt({ taskId, paths, limits, writes, notApplied }: AdoptedGroup): TaskCgroup {
    if (this.#isClosed) throw closed('adopt a cgroup');
    const name = basename(paths.v2 ?? paths.v1[0]?.directory ?? '');
    const directories = new Set(paths.v1.map(({ directory }) => directory));
    const mask = this.hierarchies.v1.reduce(
      (bits, { directory }, index) =>
        directories.delete(`${directory}/${name}`) ? bits | (1 << index) : bits,
      0,
    );
    const group = {
      paths: new GroupPaths(this.hierarchies, mask, name),
      descriptors: noDescriptors,
    };
    if (group.paths.v2 !== paths.v2 || directories.size > 0) {
      throw otherPlace(taskId, paths.v2 ?? [...directories][0] ?? '');
    }
    const cores = writes.find(({ option }) => option === 'cores');
    if (cores !== undefined && limits.cores !== undefined) this.#cores.claim(name, cores.value);
    return new TaskCgroup(taskId, this, group, { limits, writes, notApplied, killsSharers: true });
  }

  /** Makes ready groups for tasks with limits like these, so that the first of them finds one. */
  async fillPool(limits: TaskLimits = noLimits): Promise<void> {
    if (this.#isClosed) throw closed('fill the pool');
    await this.#pool.fill(demandOf(this.#planner, this.#joined, checked(limits), noLimits));
  }

  /**
   * Removes groups in this place whose makers have died, with all that runs in them, except those that `isLive` claims.
   * Groups of processes that live are left alone, and so is everything that has no name of ours.
   */
  reapLeftovers(isLive: IsLive = () => false, options: ReapOptions = {}): Promise<ReapReport> {
    if (this.#isClosed) return Promise.reject(closed('remove leftovers'));
    return reapLeftovers(this.hierarchies, isLive, options);
  }

  /** Removes the pool, and waits for removals under way. Groups of tasks stay, and can still be updated and removed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close();
    await this.#remover.whenIdle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For `TaskCgroup.update`. */
  async update(
    group: TaskCgroup,
    changes: TaskLimits,
    check: ((planned: LimitState) => void) | undefined,
  ): Promise<void> {
    const limits = readLimits(changes);
    await changeLimits(group, this.hierarchies, this.#planner, limits, check);
    if (limits.cpusetCpus !== undefined) this.#cores.leave(group.group.paths.name);
  }

  /** For `TaskCgroup.remove`. */
  async remove({ group }: TaskCgroup, timeoutMs: number): Promise<void> {
    await this.#remover.remove(group.paths.all, timeoutMs);
    this.#cores.release(group.paths.name);
  }

  #take(first: ReadyGroup | undefined, demand: Demand, taskId: string): ReadyGroup {
    for (let ready = first; ; ready = this.#pool.take(demand)) {
      const group = ready ?? this.#maker.make(demand.mask);
      const errno = markGroup(group, taskId);
      if (errno === 0) return group;
      if (errno === EBUSY) return byPath(group);
      discardGroup(group);
      // Somebody has removed what was ready: then a new one is made.
      if (ready === undefined) throw cannotMark(group.paths.all[0] ?? '', errno);
    }
  }

  #equip(taskId: string, group: ReadyGroup, demand: Demand): TaskCgroup {
    const { limits, asked } = demand;
    const { writes, notApplied } = this.#placeOnCores(group, demand);
    const refused = writeLimits(group.paths, writes, asked);
    const failed = refused.length === 0 ? undefined : new Set(refused.map(({ option }) => option));
    return new TaskCgroup(taskId, this, group, {
      limits,
      writes: failed === undefined ? writes : writes.filter(({ option }) => !failed.has(option)),
      notApplied: refused.length === 0 ? notApplied : [...notApplied, ...refused],
      killsSharers: this.#killsSharers || limits.memoryOomGroup === true,
    });
  }

  /** The writes with the CPUs of the task in them: its own ones, or those that are nobody's. */
  #placeOnCores({ paths }: ReadyGroup, { limits, files, notApplied }: Demand): Placed {
    const name = paths.name;
    const cores = files.find(({ option }) => option === 'cores');
    if (cores !== undefined && limits.cores !== undefined) {
      const value = this.#cores.reserve(name, limits.cores);
      return {
        writes: files.map((one) => (one === cores ? { ...cores, value } : one)),
        notApplied,
      };
    }
    const hierarchy = this.hierarchies.hasV2('cpuset') ? -1 : this.hierarchies.indexOfV1('cpuset');
    const directory = hierarchy < 0 ? paths.v2 : paths.v1[hierarchy];
    const isSharing =
      limits.cpusetCpus === undefined &&
      directory !== undefined &&
      (hierarchy >= 0 || this.hierarchies.hasV2('cpuset'));
    const value = isSharing ? this.#cores.share(name, { cpusetDirectory: directory }) : undefined;
    if (value === undefined) return { writes: files, notApplied };
    const write: LimitWrite = { option: 'cores', hierarchy, file: 'cpuset.cpus', value };
    return { writes: [...files, write], notApplied };
  }
}

/** What has to be known of a group to take it over; all of it is told by a TaskCgroup. */
export interface AdoptedGroup {
  readonly taskId: string;
  readonly paths: TaskCgroupPaths;
  readonly limits: TaskLimits;
  readonly writes: readonly LimitWrite[];
  readonly notApplied: readonly NotAppliedLimit[];
}

function otherPlace(taskId: string, path: string): CgroupError {
  return new CgroupError(
    'ERR_CGROUP',
    `cannot take over the cgroup of task ${taskId}: ${path} is not where groups of tasks are made now. Was another cgroup_parent configured?`,
    { path },
  );
}

interface Placed {
  readonly writes: readonly LimitWrite[];
  readonly notApplied: readonly NotAppliedLimit[];
}

/** The usual start has none, and is not looked at. */
function checked(limits: TaskLimits): TaskLimits {
  return limits === noLimits ? limits : readLimits(limits);
}

/** Longest mark that the listing of leftovers reads back. */
const longestTaskId = 4096;

function checkTaskId(taskId: string): void {
  const length = Buffer.byteLength(taskId);
  if (length > 0 && length <= longestTaskId && !taskId.includes('\0')) return;
  throw invalidArgument('the id of the task', taskId, `1 to ${longestTaskId} bytes without NUL`);
}

function closed(what: string): CgroupError {
  return new CgroupError('ERR_CGROUP_CLOSED', `cannot ${what}: these task groups are closed`);
}

/** Without descriptors the start looks at the group, and says what is the matter with it. */
function byPath({ paths, descriptors }: ReadyGroup): ReadyGroup {
  closeDescriptors(descriptors);
  return { paths, descriptors: noDescriptors };
}

/** In one hierarchy: the others have the same name. By descriptor it takes half as long. */
function markGroup({ paths, descriptors }: ReadyGroup, taskId: string): number {
  const { directory, events } = descriptors;
  if (directory >= 0) return native.groupMarkHeld(directory, events, taskId);
  return native.groupMark(paths.all[0] ?? '', taskId);
}
