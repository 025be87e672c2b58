// Owner of nothing that lasts: finds groups that processes of ours have left behind when they died, and removes them.

import { statSync } from 'node:fs';
import { Members } from '../native/groups.ts';
import { native } from '../native.ts';
import { cannotList } from './group-errors.ts';
import { pidOfGroupName } from './group-name.ts';
import { formatMark, type GroupMark, OwnerStates, ownIdentity, parseMark } from './group-owner.ts';
import type { Hierarchies } from './hierarchies.ts';

/** A group whose maker has ended. */
export interface LeftoverGroup {
  readonly name: string;
  /** Empty when it never served a task, or where the kernel keeps no attributes (before Linux 5.7). */
  readonly taskId: string;
  readonly ownerPid: number;
  /** Absolute, one for each hierarchy that it is in. */
  readonly directories: readonly string[];
}

export interface ReapReport {
  /** Names of the groups that are gone. */
  readonly removed: readonly string[];
  /** Groups of processes that live, that the caller claims, or that others have made. */
  readonly kept: readonly string[];
  /** Groups that could not be removed, with the positive errno(3) number: EBUSY when a process could not be killed. */
  readonly failed: readonly { readonly directory: string; readonly errno: number }[];
}

export interface ReapOptions {
  /** How long processes that were killed are waited for. @default 10000 */
  readonly timeoutMs?: number;
  /** The keeper's whose tasks `isLive` knows: groups that are marked with another one's are kept as long as that exists. */
  readonly stateDirectory?: string;
}

/** Whether somebody still looks after the task of a group. */
export type IsLive = (group: LeftoverGroup) => boolean | Promise<boolean>;

const reapTimeoutMs = 10_000;
const enoent = 2;
const enodata = 61;

interface Found {
  readonly name: string;
  readonly directories: string[];
  owner: string;
  taskId: string;
}

/**
 * Removes groups of dead owners, with what still runs in them. Only directories below the parents of the place are looked at,
 * and only names of ours: nothing that anybody else made is touched.
 */
export async function reapLeftovers(
  hierarchies: Hierarchies,
  isLive: IsLive,
  { timeoutMs = reapTimeoutMs, stateDirectory }: ReapOptions = {},
): Promise<ReapReport> {
  const { groups, strangers } = await findGroups(hierarchies);
  const kept: string[] = [...strangers];
  const doomed: LeftoverGroup[] = [];
  const isAbandoned = makeCheck(stateDirectory);
  for (const group of groups) {
    const pid = pidOfGroupName(group.name) ?? 0;
    const { name, taskId, directories } = group;
    const leftover = {
      name,
      taskId,
      directories,
      ownerPid: parseMark(group.owner)?.owners[0]?.pid ?? pid,
    };
    if (!isAbandoned(group.owner, pid) || (await isLive(leftover))) kept.push(name);
    else doomed.push(leftover);
  }
  if (doomed.length === 0) return { removed: [], kept, failed: [] };
  const all = doomed.flatMap(({ directories }) => directories);
  const errnos = await native.groupRemove(all.join('\0'), Members.kill, timeoutMs);
  const failed = all
    .map((directory, index) => ({ directory, errno: errnos[index] ?? 0 }))
    .filter(({ errno }) => errno !== 0);
  const stuck = new Set(failed.map(({ directory }) => directory));
  const removed = doomed.filter(({ directories }) => !directories.some((path) => stuck.has(path)));
  return { removed: removed.map(({ name }) => name), kept, failed };
}

interface FoundGroups {
  /** Each with all its directories. */
  readonly groups: Iterable<Found>;
  /** Names like ours of groups without a mark, where the kernel keeps marks: somebody else has made them. */
  readonly strangers: readonly string[];
}

async function findGroups(hierarchies: Hierarchies): Promise<FoundGroups> {
  const parents = hierarchies.v1.map(({ directory }) => directory);
  if (hierarchies.v2 !== undefined) parents.unshift(hierarchies.v2);
  const groups = new Map<string, Found>();
  const strangers: string[] = [];
  for (const parent of parents) {
    const list = await native.groupList(parent);
    // Another supervisor that ends may take an empty parent with it: then nobody has left anything there.
    if (list === enoent) continue;
    if (typeof list === 'number') throw cannotList(parent, list);
    const hasMarks = keepsMarks(parent);
    for (let at = 0; at + 2 < list.length; at += 3) {
      const [name = '', owner = '', taskId = ''] = list.slice(at, at + 3);
      if (pidOfGroupName(name) === undefined) continue;
      if (owner === '' && hasMarks) {
        strangers.push(name);
        continue;
      }
      const known = groups.get(name);
      if (known === undefined) {
        groups.set(name, { name, owner, taskId, directories: [`${parent}/${name}`] });
        continue;
      }
      known.directories.push(`${parent}/${name}`);
      known.owner ||= owner;
      known.taskId ||= taskId;
    }
  }
  return { groups: groups.values(), strangers };
}

/** ENODATA: the kernel has looked for it. EOPNOTSUPP (before Linux 5.7), or EPERM of a sandbox: it keeps none on groups. */
function keepsMarks(parent: string): boolean {
  const answer = native.readAttribute(parent, 'user.raw-exec.owner');
  return typeof answer === 'string' || answer === -enodata;
}

/** Asks /proc once for each mark: a dead run leaves many groups. */
function makeCheck(ownDirectory: string | undefined): (mark: string, pid: number) => boolean {
  const states = new OwnerStates();
  const self = formatMark({ owners: [ownIdentity()] });
  const isDead = ({ owners, stateDirectory }: GroupMark): boolean =>
    owners.every((owner) => states.stateOf(owner) === 'dead') &&
    (stateDirectory === undefined || isNobodyElses(stateDirectory, ownDirectory));
  const known = new Map<string, boolean>([[self, false]]);
  return (text, pid) => {
    const key = text === '' ? String(pid) : text;
    let isAbandoned = known.get(key);
    if (isAbandoned === undefined) {
      const mark = parseMark(text);
      isAbandoned = mark === undefined ? states.stateOfPid(pid) === 'dead' : isDead(mark);
      known.set(key, isAbandoned);
    }
    return isAbandoned;
  };
}

/** Ours, by whatever name, or gone. One that may not be looked into is there. */
function isNobodyElses(directory: string, own: string | undefined): boolean {
  if (directory === own) return true;
  try {
    const { dev, ino } = statSync(directory);
    const ours = own === undefined ? undefined : statSync(own, { throwIfNoEntry: false });
    return ours !== undefined && ours.dev === dev && ours.ino === ino;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}
