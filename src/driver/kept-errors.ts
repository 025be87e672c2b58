// Pure but for the look at survivors: what the keeper host cannot do, and why.

import { findSurvivors, type Survivor } from '../containment/survivors.ts';
import { InvalidOptionError, RawExecError } from '../errors.ts';
import { describeValue } from './describe-value.ts';

/** errno(3): who refused a signal with it is another user's. */
const notPermitted = 1;

/** @param pairs pid, errno */
export function describeSurvivors(pairs: Int32Array): readonly Survivor[] {
  const pids: number[] = [];
  const refused = new Set<number>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    pids.push(pairs[at] ?? 0);
    if (pairs[at + 1] === notPermitted) refused.add(pairs[at] ?? 0);
  }
  return findSurvivors(pids, refused);
}

/** Keeper and holder have both been killed, and the kernel does not tell. */
export function sessionUnknown(id: string): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_GONE',
    `cannot tell how the command beside task ${JSON.stringify(id)} ended: all who could have seen its end were killed before`,
  );
}

export function isTaskUnknown(error: unknown): boolean {
  return error instanceof RawExecError && error.code === 'ERR_TASK_UNKNOWN';
}

export function unreadable(id: string): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_STATE',
    `cannot take over task ${JSON.stringify(id)}: what its supervisor kept with it is of another version. It can still be ` +
      'stopped with the version that started it',
  );
}

/** Its groups were made by a supervisor that could, and this one cannot. */
export function noGroupsToAdopt(id: string): RawExecError {
  return new RawExecError(
    'ERR_CGROUP_UNAVAILABLE',
    `cannot take over task ${JSON.stringify(id)}: it has cgroups of its own, and this process makes none (containment: 'reaper', or ` +
      'it may not). Take it over as the user that started it, with the same options',
  );
}

export function stateTooLarge(id: string, bytes: number, most: number): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_STATE',
    `cannot keep what a later supervisor has to know of task ${JSON.stringify(id)}: plan and limits are ${bytes} bytes even ` +
      `without arguments and environment, and the keeper takes ${most}. Nothing was done. Give fewer limits of devices, ` +
      'or shorter paths',
  );
}

/** @throws InvalidOptionError */
export function checkText(
  option: string,
  value: unknown,
  isGood: (text: string) => boolean,
  allowed: string,
): void {
  if (typeof value === 'string' && isGood(value)) return;
  throw new InvalidOptionError(
    'ERR_INVALID_OPTION',
    option,
    `${option} must be ${allowed}, got ${describeValue(value)}`,
  );
}
