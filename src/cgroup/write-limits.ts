// Writes limits into a group. On the path of a start: one call into the addon when nothing fails.

import { constants } from 'node:os';
import { unpackFailure } from '../native/groups.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import type { NotAppliedLimit } from './applied-limits.ts';
import { cannotLimit, limitAdvice } from './group-errors.ts';
import type { GroupPaths } from './group-paths.ts';
import type { LimitWrite } from './limits/plan-limits.ts';

const { ENOENT } = constants.errno;

/** How pairs of path and value are written: at once, or on another thread. */
type Write<Result> = (pairs: string) => Result;

/** Where a list of writes has come to. */
class WriteRun {
  readonly notApplied: NotAppliedLimit[] = [];
  readonly #paths: GroupPaths;
  readonly #isImplied: (write: LimitWrite) => boolean;
  #left: readonly LimitWrite[];

  constructor(
    paths: GroupPaths,
    writes: readonly LimitWrite[],
    isImplied: (write: LimitWrite) => boolean,
  ) {
    this.#paths = paths;
    this.#left = writes;
    this.#isImplied = isImplied;
  }

  get isDone(): boolean {
    return this.#left.length === 0;
  }

  /** What is left, for the addon. */
  pairs(): string {
    let text = '';
    for (const write of this.#left) {
      if (text !== '') text += '\0';
      text += `${this.#paths.directory(write.hierarchy)}/${write.file}\0${write.value}`;
    }
    return text;
  }

  /** @throws CgroupError when a limit that was asked for was not taken */
  continueAfter(packed: number): void {
    const failure = unpackFailure(packed);
    const write = failure === undefined ? undefined : this.#left[failure.index];
    if (failure === undefined || write === undefined) {
      this.#left = [];
      return;
    }
    const { index, errno } = failure;
    const rest = this.#left.slice(index + 1);
    if (errno === ENOENT && write.otherwise !== undefined) {
      const { option, hierarchy } = write;
      this.#left = [{ ...write.otherwise, option, hierarchy }, ...rest];
      return;
    }
    const file = `${this.#paths.directory(write.hierarchy)}/${write.file}`;
    if (!this.#isImplied(write)) throw cannotLimit(write, file, errno);
    const reason = `${describeErrno(errno)}. ${limitAdvice(write, errno)}`;
    this.notApplied.push({ option: write.option, reason, file, value: write.value, errno });
    this.#left = rest;
  }
}

/**
 * Writes in order. What is only implied may fail and is told of in the result.
 * @throws CgroupError at the first limit that was asked for and is not taken; those before it are written
 */
export function writeLimits(
  paths: GroupPaths,
  writes: readonly LimitWrite[],
  isImplied: (write: LimitWrite) => boolean,
): readonly NotAppliedLimit[] {
  const run = new WriteRun(paths, writes, isImplied);
  const write: Write<number> = native.groupWrite;
  while (!run.isDone) run.continueAfter(write(run.pairs()));
  return run.notApplied;
}

/** The same on another thread, for groups that hold processes: a write may last as long as reclaiming does. */
export async function writeLimitsLater(
  paths: GroupPaths,
  writes: readonly LimitWrite[],
  isImplied: (write: LimitWrite) => boolean,
): Promise<readonly NotAppliedLimit[]> {
  const run = new WriteRun(paths, writes, isImplied);
  const write: Write<Promise<number>> = native.groupWriteLater;
  while (!run.isDone) run.continueAfter(await write(run.pairs()));
  return run.notApplied;
}
