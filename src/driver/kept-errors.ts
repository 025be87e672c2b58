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

export function noOverride(id: string): RawExecError {
  return new RawExecError(
    'ERR_NOT_SUPPORTED',
    `cannot start task ${JSON.stringify(id)} through the keeper: a cgroup override names a group that others may use, and the ` +
      'keeper holds tasks by groups of their own. Leave the override out, or use the in-process host',
  );
}

export function unreadable(id: string): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_STATE',
    `cannot take over task ${JSON.stringify(id)}: what its supervisor kept with it is of another version. It can still be ` +
      'stopped with the version that started it',
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
