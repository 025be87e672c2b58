// Owner of the questions to the system's name service (passwd and group, see nsswitch.conf(5)). Each one is asked
// anew: whoever removes a user from a group must not find it kept here.

import { RawExecError } from '../errors.ts';
import { native } from '../native.ts';
import { describeErrno } from './errno.ts';

/** A user as the system's name service tells it. */
export interface User {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** All groups of the user, the primary one included, see getgrouplist(3). */
  readonly groups: readonly number[];
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** The highest id: 2^32 - 1 itself means "none" to the system calls. */
export const highestId = 4_294_967_294;

const digits = /^\d{1,10}$/;

/**
 * A user by name or id; text of digits is a name first and an id when there is no such name.
 * @returns undefined when there is none
 * @throws RawExecError `ERR_NAME_SERVICE` with `errno` when the name service fails: whether there is one is not known then
 */
export function findUser(nameOrId: string | number): User | undefined {
  return findByAny('user', nameOrId, native.findUser);
}

/**
 * A group by name or id; text of digits is a name first and an id when there is no such name.
 * @returns undefined when there is none
 * @throws RawExecError `ERR_NAME_SERVICE` with `errno` when the name service fails: whether there is one is not known then
 */
export function findGroup(nameOrId: string | number): Group | undefined {
  return findByAny('group', nameOrId, native.findGroup);
}

/**
 * As `findUser`, on a thread of its own: a name service may ask a server, and take its time. Rejects as `findUser` throws.
 */
export async function findUserLater(nameOrId: string | number): Promise<User | undefined> {
  for (const one of meaningsOf(nameOrId)) {
    const found = await native.findUserLater(one);
    if (typeof found === 'number') throw nameServiceFailed('user', nameOrId, found);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findByAny<Entry>(
  kind: 'user' | 'group',
  nameOrId: string | number,
  find: (nameOrId: string | number) => Entry | undefined,
): Entry | undefined {
  try {
    for (const one of meaningsOf(nameOrId)) {
      const found = find(one);
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number'))
      throw error;
    throw nameServiceFailed(kind, nameOrId, error.errno);
  }
}

/** What to ask for, in turn. */
function meaningsOf(nameOrId: string | number): readonly (string | number)[] {
  if (typeof nameOrId === 'number' || !digits.test(nameOrId)) return [nameOrId];
  const id = Number(nameOrId);
  return id <= highestId ? [nameOrId, id] : [nameOrId];
}

function nameServiceFailed(
  kind: 'user' | 'group',
  nameOrId: string | number,
  errno: number,
): RawExecError {
  const why = `${describeErrno(errno)}. The system's name service failed`;
  const advice = 'try again, and look at what /etc/nsswitch.conf names for passwd and group';
  const what = `${kind} ${JSON.stringify(nameOrId)}`;
  return new RawExecError('ERR_NAME_SERVICE', `cannot look up ${what}: ${why}: ${advice}`, {
    errno,
  });
}
