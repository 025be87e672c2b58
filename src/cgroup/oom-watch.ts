// Owner of the files and the timer by which OOM kills in task groups are noticed.

import { EventEmitter } from 'node:events';
import {
  GroupColumn,
  type GroupStatsReader,
  groupColumns,
  StatsPart,
} from '../native/statistics.ts';
import { native } from '../native.ts';
import type { StatsPaths } from './group-stats.ts';

/** OOM kills in a group since it is watched. Frozen. */
export interface OomCount {
  /** May exceed the number of processes that were killed (seen on Linux 5.10, 6.1 and 6.12): never compare it with that. */
  readonly kills: number;
  /** How often the whole group was killed at once (memory.oom.group); 0 where the kernel does not count it. */
  readonly groupKills: number;
}

/** Something in a group was killed for want of memory, the main process or any other. Frozen. */
export interface OomKillEvent extends OomCount {
  readonly id: string;
}

export interface OomWatchEvents {
  oomKilled: [event: OomKillEvent];
}

export interface OomWatchOptions {
  /**
   * How often the counters are looked at while somebody listens to `oomKilled`, in milliseconds. Version 1 has no notice that
   * would do without. The count at a task's end does not depend on it. @default 1000
   */
  readonly intervalMs?: number;
}

interface Watched {
  readonly handle: number;
  readonly atFirst: OomCount;
  reported: OomCount;
}

/**
 * Counts OOM kills in groups of tasks, by memory.events of version 2 (Linux 4.19) and memory.oom_control of version 1 (4.13).
 *
 * The kernel counts before it sends the signal: who sees a process's end sees the count.
 */
export class OomWatch {
  readonly events: EventEmitter<OomWatchEvents> = new EventEmitter();
  readonly #reader: GroupStatsReader;
  readonly #groups = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: OomWatchOptions = {}) {
    const { intervalMs = 1000 } = options;
    // One file for each group.
    this.#reader = new native.GroupStatsReader(maxOpenFiles);
    this.#timer = setInterval(() => this.#look(), intervalMs).unref();
  }

  /** Starts counting from what the group's counter says now. */
  add(id: string, paths: StatsPaths): void {
    this.remove(id);
    const memory = paths.v1.find(({ controller }) => controller === 'memory')?.directory;
    const handle = this.#reader.add(paths.v2, memory);
    const atFirst = this.#readOne(handle);
    if (atFirst === undefined) this.#reader.remove(handle);
    else this.#groups.set(id, { handle, atFirst, reported: none });
  }

  /**
   * Kills since `add`. Undefined where it cannot be known: the group has no memory controller, is gone, or was not added.
   * To be asked before the group is removed.
   */
  count(id: string): OomCount | undefined {
    const watched = this.#groups.get(id);
    if (watched === undefined) return undefined;
    const now = this.#readOne(watched.handle);
    return now === undefined ? undefined : since(watched.atFirst, now);
  }

  remove(id: string): void {
    const watched = this.#groups.get(id);
    if (watched === undefined) return;
    this.#groups.delete(id);
    this.#reader.remove(watched.handle);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const id of [...this.#groups.keys()]) this.remove(id);
    this.events.removeAllListeners();
  }

  #look(): void {
    if (this.events.listenerCount('oomKilled') === 0 || this.#groups.size === 0) return;
    const watched = [...this.#groups];
    const rows = this.#read(watched.map(([, { handle }]) => handle));
    for (const [index, [id, group]] of watched.entries()) {
      const now = countIn(rows, index);
      if (now === undefined) continue;
      const count = since(group.atFirst, now);
      if (count.kills <= group.reported.kills && count.groupKills <= group.reported.groupKills)
        continue;
      group.reported = count;
      this.events.emit('oomKilled', Object.freeze({ id, ...count }));
    }
  }

  #readOne(handle: number): OomCount | undefined {
    return countIn(this.#read([handle]), 0);
  }

  #read(handles: readonly number[]): Float64Array {
    const rows = new Float64Array(handles.length * groupColumns);
    this.#reader.read(Int32Array.from(handles), handles.length, StatsPart.oom, rows);
    return rows;
  }
}

const maxOpenFiles = 8192;
const none: OomCount = Object.freeze({ kills: 0, groupKills: 0 });

function countIn(rows: Float64Array, index: number): OomCount | undefined {
  const column = (number: number): number => rows[index * groupColumns + number] ?? Number.NaN;
  const kills = column(GroupColumn.memoryOomKills);
  if (column(GroupColumn.errno) !== 0 || Number.isNaN(kills)) return undefined;
  const groupKills = column(GroupColumn.memoryOomGroupKills);
  return { kills, groupKills: Number.isNaN(groupKills) ? 0 : groupKills };
}

function since(first: OomCount, now: OomCount): OomCount {
  return Object.freeze({
    kills: now.kills - first.kills,
    groupKills: now.groupKills - first.groupKills,
  });
}
