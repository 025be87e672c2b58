// Owner of the questions to the system's name service (passwd and group, see nsswitch.conf(5)). Each one is asked
// anew: whoever removes a user from a group must not find it kept here.

import { native } from '../native.ts';

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
 * @throws Error with `errno` when the name service fails
 */
export function findUser(nameOrId: string | number): User | undefined {
  const found = native.findUser(nameOrId);
  if (found !== undefined || typeof nameOrId === 'number' || !digits.test(nameOrId)) return found;
  const uid = Number(nameOrId);
  return uid <= highestId ? native.findUser(uid) : undefined;
}

/**
 * A group by name or id; text of digits is a name first and an id when there is no such name.
 * @returns undefined when there is none
 * @throws Error with `errno` when the name service fails
 */
export function findGroup(nameOrId: string | number): Group | undefined {
  const found = native.findGroup(nameOrId);
  if (found !== undefined || typeof nameOrId === 'number' || !digits.test(nameOrId)) return found;
  const gid = Number(nameOrId);
  return gid <= highestId ? native.findGroup(gid) : undefined;
}
