// Owner of the options `user`, `group` and `groups`: finds the ids and refuses what this process may not do, before
// anything is started.

import { RawExecError, SpawnError } from '../errors.ts';
import { Capability, hasCapability } from './capabilities.ts';
import { describeErrno } from './errno.ts';
import { invalidOption, showValue } from './invalid-option.ts';
import { findUserForStart } from './kept-users.ts';
import { extrasOf, type SpawnPlan } from './spawn-plan.ts';
import { findGroup, highestId, type User } from './user.ts';

const notPermittedErrno = 1; // EPERM
/** ENFILE and EMFILE: the name service reads files too. */
const noFileErrnos: readonly unknown[] = [23, 24];

type NameOrId = string | number;

/** Of one start. */
export function makeIdentity(): Identity {
  return new Identity();
}

export class Identity {
  #user: NameOrId | undefined;
  #group: NameOrId | undefined;
  #groups: readonly NameOrId[] | undefined;

  /** Takes one of the three options. */
  read(option: 'user' | 'group' | 'groups', value: unknown): void {
    if (option === 'user') this.#user = nameOrId(option, value, 'user');
    else if (option === 'group') this.#group = nameOrId(option, value, 'group');
    else this.#groups = readGroups(value);
  }

  /**
   * Ids alone need no name service: with all three given as numbers none is asked.
   * What this process is already is not asked of the engine, so that a start as oneself needs no right.
   */
  resolveInto(plan: SpawnPlan): void {
    const user = this.#needsUser() ? lookUpUser(this.#user) : undefined;
    const uid = typeof this.#user === 'number' ? this.#user : user?.uid;
    const gid = this.#group === undefined ? user?.gid : lookUpGroup('group', this.#group);
    const groups =
      this.#groups?.map((group) => lookUpGroup('groups', group)) ?? ownGroups(user, gid);
    const isOtherUser = uid !== undefined && !isUser(uid);
    const isOtherGroup =
      (gid !== undefined && !isGroup(gid)) || (groups !== undefined && !hasGroups(groups));
    if (!isOtherUser && !isOtherGroup) return;
    if (isOtherUser) this.#mustHave(Capability.setuid, 'CAP_SETUID', 'uid');
    if (isOtherGroup) this.#mustHave(Capability.setgid, 'CAP_SETGID', 'groups');
    const extras = extrasOf(plan);
    if (uid !== undefined) extras.uid = uid;
    if (gid !== undefined) extras.gid = gid;
    if (groups !== undefined) extras.groups = groups;
  }

  #needsUser(): boolean {
    if (this.#user === undefined) return false;
    const isComplete = this.#group !== undefined && this.#groups !== undefined;
    return typeof this.#user === 'string' || !isComplete;
  }

  #mustHave(capability: number, capabilityName: string, step: string): void {
    if (hasCapability(capability)) return;
    const target = this.#user === undefined ? 'other groups' : `user ${showValue(this.#user)}`;
    throw new SpawnError(
      'ERR_NOT_PERMITTED',
      `cannot start a process as ${target}: ${describeErrno(notPermittedErrno)}. This process runs as uid ` +
        `${process.geteuid?.() ?? 'unknown'} without ${capabilityName}: run it as root, give it that capability, ` +
        'or leave "user", "group" and "groups" out',
      { step, errno: notPermittedErrno },
    );
  }
}

function nameOrId(option: string, value: unknown, kind: string): NameOrId {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  const isId =
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= highestId;
  if (isId) return value;
  throw invalidOption(option, value, `the name or the id of a ${kind}`);
}

/** Of the kernel, see setgroups(2). */
const mostGroups = 65_536;

function readGroups(value: unknown): readonly NameOrId[] {
  if (!Array.isArray(value)) throw invalidOption('groups', value, 'an array of group names or ids');
  if (value.length > mostGroups) {
    throw invalidOption('groups', value, `at most ${mostGroups} groups (NGROUPS_MAX)`);
  }
  return value.map((group, index) => nameOrId(`groups[${index}]`, group, 'group'));
}

function lookUpUser(nameOrId: NameOrId | undefined): User | undefined {
  if (nameOrId === undefined) return undefined;
  const user = asking(`user ${showValue(nameOrId)}`, () => findUserForStart(nameOrId));
  if (user !== undefined) return user;
  const hint =
    typeof nameOrId === 'number'
      ? ': it has no primary group; give "group" and "groups" as well, or create the user'
      : ': create it, or check its spelling';
  throw new SpawnError(
    'ERR_USER_UNKNOWN',
    `cannot start a process as user ${showValue(nameOrId)}: no such user${hint}`,
  );
}

/** That no file can be opened is no fault of the name service, and passes. */
function asking<Answer>(whom: string, ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof RawExecError && noFileErrnos.includes(error.errno))) throw error;
    throw new SpawnError(
      'ERR_TOO_MANY_FILES',
      `cannot start a process as ${whom}, nor look it up: ${describeErrno(error.errno ?? 0)}. Close files, or raise ` +
        'RLIMIT_NOFILE (EMFILE) or fs.file-max (ENFILE)',
      { errno: error.errno ?? 0, isRetryable: true, cause: error },
    );
  }
}

/** Ids are taken as they are: a group needs no entry to be used. */
function lookUpGroup(option: string, nameOrId: NameOrId): number {
  if (typeof nameOrId === 'number') return nameOrId;
  const group = asking(`group ${showValue(nameOrId)}`, () => findGroup(nameOrId));
  if (group !== undefined) return group.gid;
  throw new SpawnError(
    'ERR_GROUP_UNKNOWN',
    `cannot start a process with ${option === 'groups' ? 'supplementary ' : ''}group ${showValue(nameOrId)}: ` +
      'no such group: create it, or check its spelling',
  );
}

/** The user's, with the primary group of this start among them, as initgroups(3) has it; undefined = as they are. */
function ownGroups(user: User | undefined, gid: number | undefined): readonly number[] | undefined {
  if (user === undefined) return undefined;
  return gid === undefined || user.groups.includes(gid) ? user.groups : [...user.groups, gid];
}

function isUser(uid: number): boolean {
  return process.getuid?.() === uid && process.geteuid?.() === uid;
}

function isGroup(gid: number): boolean {
  return process.getgid?.() === gid && process.getegid?.() === gid;
}

/**
 * Whether this process has exactly these supplementary groups. process.getgroups() always has the effective group among
 * them, so that one does not count.
 */
function hasGroups(groups: readonly number[]): boolean {
  const effective = process.getegid?.() ?? -1;
  const own = process.getgroups?.() ?? [];
  return (
    groups.every((gid) => gid === effective || own.includes(gid)) &&
    own.every((gid) => gid === effective || groups.includes(gid))
  );
}
