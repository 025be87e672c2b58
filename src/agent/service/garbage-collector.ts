// Owner of the collection of what has ended. It has a timer only while there is something to collect: an agent whose tasks all run
// sleeps.

import { statfs } from 'node:fs/promises';
import { longestWaitMs } from '../../duration.ts';
import { messageOf } from '../../message-of.ts';
import type { AgentLog } from '../agent-log.ts';
import type { AllocationRecord, JobRecord } from '../state/records.ts';
import type { Allocations } from './allocations.ts';
import { type GarbagePlan, type GcSettings, isDead, planGarbage } from './garbage-plan.ts';

export interface GarbageCollectorOptions {
  readonly settings: GcSettings;
  readonly allocations: Pick<Allocations, 'records' | 'recordsOf' | 'remove' | 'removeDirectory'>;
  /** The directory of the allocation directories. */
  readonly allocationBase: string;
  readonly jobs: () => readonly JobRecord[];
  /** Forgets a job with all that it has left, in its turn. @returns whether it was still to go then */
  readonly forgetJob: (job: JobRecord, isStillDead: () => boolean) => Promise<boolean>;
  readonly log: AgentLog;
}

/** How much of what was collected. */
export interface Collected {
  readonly jobs: number;
  readonly allocations: number;
  /** Of allocations that stay in the lists. */
  readonly directories: number;
}

export class GarbageCollector {
  readonly #options: GarbageCollectorOptions;
  #settings: GcSettings;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  /** One collection at a time. */
  #last: Promise<unknown> = Promise.resolve();
  /** Ids of what could not be removed: told once, and left alone until somebody asks for a collection. */
  readonly #stuck = new Set<string>();
  #isClosed = false;

  constructor(options: GarbageCollectorOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  configure(settings: GcSettings): void {
    this.#settings = settings;
    this.wake();
  }

  /** Something has ended. What ends in swarms is looked at once. */
  wake(): void {
    this.#lookAt(Date.now() + this.#settings.intervalMs);
  }

  /** Collects all that may go, whatever its age: `'directories'` leaves what the lists tell. */
  collectNow(what: 'all' | 'directories'): Promise<Collected> {
    const ages = { jobAgeMs: 0, allocationAgeMs: 0 };
    this.#stuck.clear();
    return this.#collect({ ...this.#settings, maxAllocations: 0, ...(what === 'all' && ages) });
  }

  /** Removes the directory of an allocation that has ended. Rejects with `ERR_ALLOCATION_LEFT`. */
  collectAllocation(id: string): Promise<void> {
    return this.#options.allocations.removeDirectory(id);
  }

  /** Resolves when nothing is being removed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  #lookAt(atMs: number): void {
    if (this.#isClosed || atMs >= this.#dueAtMs) return;
    clearTimeout(this.#timer);
    this.#dueAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#dueAtMs = Number.POSITIVE_INFINITY;
        this.#look(atMs).catch((error: unknown) => {
          this.#options.log.error(`cannot collect what has ended: ${messageOf(error)}`);
          this.wake();
        });
      },
      Math.min(Math.max(1, atMs - Date.now()), longestWaitMs),
    );
  }

  async #look(atMs: number): Promise<void> {
    // One timer does not take the longest waits.
    if (Date.now() >= atMs) await this.#collect(this.#settings);
    const { jobs, allocations, directories, nextAtMs } = this.#plan(this.#settings);
    if (jobs.length + allocations.length + directories.length > 0) this.wake();
    else if (nextAtMs !== undefined) this.#lookAt(nextAtMs);
  }

  #plan(settings: GcSettings): GarbagePlan {
    const { jobs, allocations } = this.#options;
    const isFree = ({ id }: JobRecord | AllocationRecord): boolean => !this.#stuck.has(id);
    return planGarbage(
      jobs().filter(isFree),
      allocations.records().filter(isFree),
      settings,
      Date.now(),
    );
  }

  #collect(settings: GcSettings): Promise<Collected> {
    const mine = this.#last.then(() => this.#carryOut(settings));
    this.#last = mine.catch(noted);
    return mine;
  }

  async #carryOut(settings: GcSettings): Promise<Collected> {
    const { allocations, forgetJob } = this.#options;
    const plan = this.#plan(settings);
    let isFull = true;
    const collected = {
      jobs: await this.#each(plan.jobs, (job) =>
        forgetJob(job, () => isDead(job, allocations.recordsOf(job.id))),
      ),
      allocations: await this.#each(plan.allocations, ({ id }) => allocations.remove(id)),
      directories:
        (await this.#each(plan.directories, ({ id }) => allocations.removeDirectory(id))) +
        (await this.#each(plan.spare, async ({ id }) => {
          isFull = isFull && (await this.#isFull(settings));
          if (!isFull) return false;
          await allocations.removeDirectory(id);
          return true;
        })),
    };
    const { jobs, allocations: ended, directories } = collected;
    if (jobs + ended + directories > 0) {
      this.#options.log.info(
        `collected what has ended: ${jobs} jobs, ${ended} allocations, and the directories of ${directories} others`,
      );
    }
    return collected;
  }

  /** @param remove answers false when there is no reason to go on with it */
  async #each<One extends JobRecord | AllocationRecord>(
    all: readonly One[],
    remove: (one: One) => Promise<unknown>,
  ): Promise<number> {
    let count = 0;
    for (const one of all) {
      if (this.#isClosed) break;
      try {
        if ((await remove(one)) === false) continue;
        count += 1;
      } catch (error) {
        this.#stuck.add(one.id);
        const advice = '`raw-exec gc` tries again';
        this.#options.log.warn(`cannot collect ${one.id}: ${messageOf(error)}. ${advice}`);
      }
    }
    return count;
  }

  async #isFull({ diskUsage, inodeUsage }: GcSettings): Promise<boolean> {
    if (diskUsage >= 100 && inodeUsage >= 100) return false;
    const { blocks, bfree, bavail, files, ffree } = await statfs(this.#options.allocationBase);
    const used = blocks - bfree;
    // As df(1) has it: what is kept for root is not there for others.
    const disk = percent(used, used + bavail);
    return disk > diskUsage || percent(files - ffree, files) > inodeUsage;
  }
}

function percent(part: number, whole: number): number {
  // Some file systems count no inodes.
  return whole === 0 ? 0 : (part / whole) * 100;
}

function noted(): void {
  // Told to whoever asked for that collection.
}
