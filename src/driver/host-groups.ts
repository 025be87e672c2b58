// Owner of the place where this host makes cgroups for its tasks: found by trial at the first start, left empty at the end.

import type { IsLive, ReapReport } from '../cgroup/leftover-groups.ts';
import type { OomKillEvent } from '../cgroup/oom-watch.ts';
import { PlaceError } from '../cgroup/place-errors.ts';
import { TaskCgroups } from '../cgroup/task-cgroups.ts';
import { findTaskPlace, releaseTaskPlace, type TaskPlace } from '../cgroup/task-place.ts';
import { GroupWatch } from './group-watch.ts';

/** Which containment a host gives to its tasks. */
export type TaskContainmentWish = 'auto' | 'cgroup' | 'reaper';

export function isContainmentWish(text: string): text is TaskContainmentWish {
  return text === 'auto' || text === 'cgroup' || text === 'reaper';
}

export interface HostGroupsOptions {
  readonly containment: TaskContainmentWish;
  readonly cgroupParent?: string;
  readonly poolSize: number;
  /** Claims groups whose makers have died. @default nobody's */
  readonly isLive?: IsLive;
  /** Of the keeper whose tasks `isLive` knows. */
  readonly stateDirectory?: string;
  /** Groups of runs that have died were found. */
  readonly onLeftovers: (report: ReapReport) => void;
  readonly onOomKilled: (event: OomKillEvent) => void;
}

/** Where tasks get groups of their own. */
export interface OpenGroups {
  readonly place: TaskPlace;
  readonly groups: TaskCgroups;
}

/**
 * CPUs of a task with `cores` are its own only when every other task can be moved off them: in version 1 a task that is not in
 * the hierarchy of cpuset goes on using all. The freezer is what tasks without version 2 are in anyway.
 */
function joinedBy({ parent: { v1, v2 } }: TaskPlace): readonly string[] {
  const needed = v2 === undefined ? ['cpuset', 'freezer'] : ['cpuset'];
  return needed.filter((name) => v1.some(({ controller }) => controller === name));
}

/** How long leftovers may take to die; what takes longer is left for the next start of a host. */
const leftoverTimeoutMs = 2000;

export class HostGroups {
  readonly #options: HostGroupsOptions;
  #opening: Promise<OpenGroups | undefined> | undefined;
  #watch: GroupWatch | undefined;

  constructor(options: HostGroupsOptions) {
    this.#options = options;
  }

  /** For groups of this place, and those that schedulers have made. */
  get watch(): GroupWatch {
    this.#watch ??= new GroupWatch(this.#options.onOomKilled);
    return this.#watch;
  }

  /**
   * The groups, or undefined when tasks of this host get a reaper.
   *
   * Rejects with PlaceError for a `cgroupParent` that cannot be used, and with `ERR_CGROUP_UNAVAILABLE` when groups
   * are insisted on and there are none to be had. Then the next call tries again.
   */
  open(): Promise<OpenGroups | undefined> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Removes the pool and the empty parents. Groups of tasks must have been removed before. */
  async close(): Promise<void> {
    this.#watch?.close();
    this.#watch = undefined;
    const opening = this.#opening;
    if (opening === undefined) return;
    this.#opening = undefined;
    // A place that could not be found was told to whoever asked for it.
    const open = await opening.catch(() => undefined);
    if (open === undefined) return;
    await open.groups.close();
    await releaseTaskPlace(open.place);
  }

  async #open(): Promise<OpenGroups | undefined> {
    const { containment, cgroupParent, poolSize, isLive, stateDirectory, onLeftovers } =
      this.#options;
    if (containment === 'reaper') return undefined;
    const place = await findTaskPlace(cgroupParent === undefined ? {} : { cgroupParent });
    if ('none' in place) {
      if (containment === 'auto') return undefined;
      throw new PlaceError(
        'ERR_CGROUP_UNAVAILABLE',
        cgroupParent ?? 'raw-exec',
        `tasks are to have cgroups of their own (containment: 'cgroup'). ${place.none}`,
      );
    }
    try {
      const groups = new TaskCgroups(place, { poolSize, join: joinedBy(place) });
      const report = await groups.reapLeftovers(isLive, {
        timeoutMs: leftoverTimeoutMs,
        ...(stateDirectory !== undefined && { stateDirectory }),
      });
      if (report.removed.length > 0 || report.failed.length > 0) onLeftovers(report);
      return { place, groups };
    } catch (error) {
      await releaseTaskPlace(place);
      throw error;
    }
  }
}
