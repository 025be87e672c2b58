// Owner of the open files that statistics of many task groups are read from.

import { RawExecError } from '../errors.ts';
import {
  GroupColumn,
  type GroupStatsReader,
  groupColumns,
  StatsPart,
} from '../native/statistics.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import { type GroupSample, groupSample } from './group-sample.ts';

/** The directories of a group: what `TaskCgroup.paths` has. Absolute. */
export interface StatsPaths {
  readonly v2?: string;
  readonly v1: readonly { readonly controller: string; readonly directory: string }[];
}

export interface GroupStatsOptions {
  /**
   * How many files stay open between two readings, for all groups together. Groups beyond that are read all the same, by
   * opening their files each time, which takes about three times as long. Never more than a quarter of
   * RLIMIT_NOFILE. @default 8192
   */
  readonly maxOpenFiles?: number;
}

export interface ReadOptions {
  /** What the memory is used for. @default false */
  readonly detail?: boolean;
  /** Pressure stall information; version 2 only, also of hybrid hosts. @default false */
  readonly pressure?: boolean;
}

/** v1 controllers that statistics are read from, in the order of StatsHierarchy behind `v2`. */
const v1Controllers = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio'] as const;

const usual = StatsPart.cpu | StatsPart.memory | StatsPart.pids | StatsPart.io;

/** Reads the counters of task groups: any number of them in one call of the engine. */
export class GroupStats {
  readonly #reader: GroupStatsReader;
  readonly #handles = new Map<string, number>();
  readonly #ids: string[] = [];
  #request = new Int32Array(0);
  #rows = new Float64Array(0);

  constructor(options: GroupStatsOptions = {}) {
    const { maxOpenFiles = 8192 } = options;
    if (!Number.isInteger(maxOpenFiles) || maxOpenFiles < 0 || maxOpenFiles > 0x7fff_ffff) {
      throw new RangeError(`maxOpenFiles is a whole number from 0, not ${String(maxOpenFiles)}`);
    }
    this.#reader = new native.GroupStatsReader(maxOpenFiles);
  }

  /** Takes a group under the id of its task. Nothing is opened before it is read. */
  add(id: string, paths: StatsPaths): void {
    if (this.#handles.has(id)) {
      throw new RawExecError(
        'ERR_TASK_EXISTS',
        `statistics of ${JSON.stringify(id)} are read already`,
      );
    }
    const v1 = v1Controllers.map(
      (name) => paths.v1.find(({ controller }) => controller === name)?.directory,
    );
    this.#handles.set(id, this.#reader.add(paths.v2, ...v1));
  }

  /** Lets go of a group and of its files. Does nothing for an unknown id. */
  remove(id: string): void {
    const handle = this.#handles.get(id);
    if (handle === undefined) return;
    this.#handles.delete(id);
    this.#reader.remove(handle);
  }

  /** @returns undefined when the group has been removed, or was never added. */
  read(id: string, options?: ReadOptions): GroupSample | undefined {
    return this.readAll([id], options).get(id);
  }

  /**
   * Reads many groups at once; all of them without `ids`. Groups that are gone are not in the result.
   *
   * Throws RawExecError `ERR_SYSTEM` when the kernel refuses to read a file that is there.
   */
  readAll(
    ids: Iterable<string> = this.#handles.keys(),
    options: ReadOptions = {},
  ): ReadonlyMap<string, GroupSample> {
    this.#makeRoom();
    const known = this.#ids;
    let count = 0;
    for (const id of ids) {
      const handle = this.#handles.get(id);
      if (handle === undefined || count === this.#request.length) continue;
      this.#request[count] = handle;
      known[count] = id;
      count += 1;
    }
    this.#reader.read(this.#request, count, partsOf(options), this.#rows);
    const samples = new Map<string, GroupSample>();
    for (let index = 0; index < count; index += 1) {
      const errno = this.#rows[index * groupColumns + GroupColumn.errno] ?? 0;
      const id = known[index] ?? '';
      if (errno === 0) samples.set(id, groupSample(this.#rows, index));
      else if (errno !== enoent) throw unreadable(id, errno);
    }
    return samples;
  }

  /** Closes all files. Groups may be added again afterwards. */
  close(): void {
    for (const id of [...this.#handles.keys()]) this.remove(id);
  }

  /** Buffers that last: half a megabyte for 1,000 groups, which would else be garbage of each reading. */
  #makeRoom(): void {
    const size = this.#handles.size;
    if (this.#request.length >= size) return;
    this.#request = new Int32Array(size * 2);
    this.#rows = new Float64Array(size * 2 * groupColumns);
  }
}

function partsOf({ detail, pressure }: ReadOptions): number {
  return (
    usual |
    (detail === true ? StatsPart.memoryDetail : 0) |
    (pressure === true ? StatsPart.pressure : 0)
  );
}

const enoent = 2;

function unreadable(id: string, errno: number): RawExecError {
  return new RawExecError(
    'ERR_SYSTEM',
    `cannot read the statistics of ${JSON.stringify(id)}: ${describeErrno(errno)}`,
    { errno, syscall: 'pread' },
  );
}
