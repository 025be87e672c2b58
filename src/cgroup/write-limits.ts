// Writes limits into a group. On the path of a start: one call into the addon when nothing fails.

import { constants } from 'node:os';
import { unpackFailure } from '../native/groups.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import type { NotAppliedLimit } from './applied-limits.ts';
import { cannotLimit, limitAdvice } from './group-errors.ts';
import type { GroupPaths } from './group-paths.ts';
import type { LimitWrite } from './limits/plan-limits.ts';
import type { TaskLimits } from './limits/task-limits.ts';

const { ENOENT } = constants.errno;

const none: readonly NotAppliedLimit[] = [];

/** Where a list of writes has come to. */
class WriteRun {
  readonly notApplied: NotAppliedLimit[] = [];
  readonly #paths: GroupPaths;
  readonly #asked: TaskLimits | undefined;
  #left: readonly LimitWrite[];

  constructor(paths: GroupPaths, writes: readonly LimitWrite[], asked: TaskLimits | undefined) {
    this.#paths = paths;
    this.#left = writes;
    this.#asked = asked;
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
    if (this.#asked === undefined || write.option in this.#asked)
      throw cannotLimit(write, file, errno);
    const reason = `${describeErrno(errno)}. ${limitAdvice(write, errno)}`;
    this.notApplied.push({ option: write.option, reason, file, value: write.value, errno });
    this.#left = rest;
  }
}

/**
 * Writes in order. What was not asked for and only implied may fail and is told of in the result.
 * @throws CgroupError at the first limit that was asked for and is not taken; those before it are written
 */
export function writeLimits(
  paths: GroupPaths,
  writes: readonly LimitWrite[],
  asked: TaskLimits,
): readonly NotAppliedLimit[] {
  if (writes.length === 0) return none;
  const run = new WriteRun(paths, writes, asked);
  while (!run.isDone) run.continueAfter(native.groupWrite(run.pairs()));
  return run.notApplied;
}

/** The same on another thread, for groups that hold processes: a write may last as long as reclaiming does. All are asked for. */
export async function writeLimitsLater(
  paths: GroupPaths,
  writes: readonly LimitWrite[],
): Promise<void> {
  const run = new WriteRun(paths, writes, undefined);
  while (!run.isDone) run.continueAfter(await native.groupWriteLater(run.pairs()));
}
