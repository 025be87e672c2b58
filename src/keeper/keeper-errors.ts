// Pure: what a keeper's refusals mean to users.

import { RawExecError } from '../errors.ts';
import { type KeeperFailure, KeeperReason } from '../native/keeper.ts';
import { describeErrno } from '../process/errno.ts';

const codes: Readonly<Record<number, string>> = {
  [KeeperReason.malformed]: 'ERR_KEEPER_PROTOCOL',
  [KeeperReason.exists]: 'ERR_TASK_EXISTS',
  [KeeperReason.unknownTask]: 'ERR_TASK_UNKNOWN',
  [KeeperReason.stillPopulated]: 'ERR_TASK_RUNNING',
  [KeeperReason.record]: 'ERR_KEEPER_STATE',
  [KeeperReason.noHolder]: 'ERR_KEEPER_GONE',
  [KeeperReason.protocol]: 'ERR_KEEPER_PROTOCOL',
  [KeeperReason.busy]: 'ERR_KEEPER_BUSY',
  [KeeperReason.log]: 'ERR_KEEPER_LOG',
  [KeeperReason.upgrade]: 'ERR_KEEPER_UPGRADE',
  [KeeperReason.notRunning]: 'ERR_TASK_NOT_RUNNING',
};

const advice: Readonly<Record<number, string>> = {
  [KeeperReason.malformed]:
    'Supervisor and keeper are of different builds: end the tasks, then the keeper, and start again',
  [KeeperReason.record]: 'Look at the space, the inodes and the rights of the state directory',
  [KeeperReason.noHolder]: 'It is being replaced: try again',
  [KeeperReason.protocol]:
    'The keeper that runs is of another version: upgrade raw-exec on the side that is older',
  [KeeperReason.busy]: 'Too much is under way at once: try again when something has been answered',
  [KeeperReason.log]: 'Look at the log directory of the task',
  [KeeperReason.upgrade]:
    'The older keeper goes on, and so do its tasks; supervisors of its own version can use it',
  [KeeperReason.notRunning]: 'The task has ended, or is being stopped',
};

/** @param attempt what was asked for, after "cannot" */
export function keeperRefusal(attempt: string, failure: KeeperFailure): RawExecError {
  const code = codes[failure.reason] ?? 'ERR_KEEPER';
  const parts = [
    failure.text,
    failure.error === 0 ? '' : describeErrno(failure.error),
    advice[failure.reason] ?? '',
  ].filter((part) => part !== '');
  return new RawExecError(code, `cannot ${attempt}: ${parts.join('. ')}`, {
    ...(failure.error !== 0 && { errno: failure.error }),
  });
}

/** A newer supervisor has replaced the keeper: this package cannot speak with it, and nothing is ever replaced by what is older. */
export function keeperNewer(path: string, theirs: number, ours: number): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_NEWER',
    `cannot use the keeper at ${path}: it speaks protocol ${theirs}, this package ${ours}. Upgrade raw-exec here; the tasks go on meanwhile`,
    { path },
  );
}

/** The keeper went away before it answered. What was asked for may have been done: ask for the task's state. */
export function keeperGone(attempt: string): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_GONE',
    `cannot tell whether it was done to ${attempt}: the keeper ended before it answered. A new one takes its tasks over; ask for their state`,
  );
}

export function isKeeperGone(error: unknown): boolean {
  return error instanceof RawExecError && error.code === 'ERR_KEEPER_GONE';
}

/** The keeper itself has said so, with an errno: nothing of what was asked for was begun. */
export function isBeingReplaced(error: unknown): boolean {
  return isKeeperGone(error) && error instanceof RawExecError && error.errno !== undefined;
}

/** errno of a failed system call on the socket. */
export function keeperUnreachable(path: string, attempt: string, errno: number): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_UNREACHABLE',
    `cannot ${attempt} through ${path}: ${describeErrno(errno)}`,
    { errno, path },
  );
}
