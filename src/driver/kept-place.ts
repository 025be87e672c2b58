// Owner of looks at where a command beside a task of the keeper lives: in groups of its own, or below a reaper with a mark.

import { readFileSync } from 'node:fs';
import type { SessionPlace } from '../cgroup/session-place.ts';
import { containByGroups } from '../containment/group-containment.ts';
import type { KeeperTaskInfo } from '../native/keeper.ts';
import { native } from '../native.ts';
import { hasErrorCode } from '../system-code.ts';

/** What tells a session from all others: its mark, or a group of its own. Undefined: nothing does. */
export function identify(
  place: SessionPlace | string,
): ((info: KeeperTaskInfo) => boolean) | undefined {
  if (typeof place === 'string') return ({ attachment }) => attachment === place;
  const { v2 = '', v1 } = place;
  const [own] = v1;
  if (v2 === '' && own === undefined) return undefined;
  return ({ v2Group, v1Groups }) => v2Group === v2 && v1Groups[0]?.directory === own?.directory;
}

/** Whether the process with this number is still the one that was told of: its arguments name what it is for. */
export function isReaper(pid: number, serial: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text.includes(`\0--serial\0${serial}\0`);
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT', 'ESRCH'])) return false;
    throw error;
  }
}

/** Of a place that is known by nothing nobody can tell. */
export function isNothingLeft(
  place: SessionPlace | string,
  reaperPid: number,
  serial: number,
): boolean {
  if (typeof place !== 'string') return containByGroups(place)?.members().length === 0;
  if (!isReaper(reaperPid, serial)) return true;
  const list = native.listTree(reaperPid);
  return typeof list !== 'number' && list.length === 0;
}
