// Owner of nothing; asks the system's name service: whom a task runs as, and whether it may.

import { RawExecError } from '../errors.ts';
import { Capability, hasCapability } from '../process/capabilities.ts';
import { findUserForTask } from '../process/kept-users.ts';
import type { User } from '../process/user.ts';
import { includesId } from './id-ranges.ts';
import type { RawExecPluginConfig } from './plugin-config.ts';
import type { EnvironmentUser } from './task-environment.ts';
import type { TaskCredentials } from './task-host.ts';

/** Whom a task runs as. */
export interface TaskUser {
  /** Absent when the task names no user. */
  readonly named?: EnvironmentUser;
  /** Absent when nothing has to be changed. */
  readonly credentials?: TaskCredentials;
}

type DenyLists = Pick<RawExecPluginConfig, 'deniedHostUids' | 'deniedHostGids'>;

/**
 * Looks the task's user up, checks it against the deny lists, and whether this process may change to it.
 *
 * An empty name means the user that this process runs as, who is checked as well.
 * Rejects with RawExecError ERR_USER_UNKNOWN, ERR_USER_DENIED, ERR_GROUP_DENIED, ERR_NOT_PERMITTED, ERR_NAME_SERVICE.
 */
export async function resolveTaskUser(
  name: string | undefined,
  deny: DenyLists,
): Promise<TaskUser> {
  const own = ownIdentity();
  if (name === undefined || name === '') {
    checkDenied(
      own,
      `the user of this process (uid ${own.uid}), because the task names none`,
      deny,
    );
    return {};
  }
  const user = await findUserForTask(name);
  if (user === undefined) {
    throw new RawExecError(
      'ERR_USER_UNKNOWN',
      `cannot start a task as user ${JSON.stringify(name)}: this host knows no such user. Create it, or name another`,
    );
  }
  const named = { name: user.name, home: user.home };
  checkDenied(user, `user ${JSON.stringify(name)} (uid ${user.uid})`, deny);
  const isSelf = user.uid === own.uid && user.gid === own.gid;
  const mayChange = hasCapability(Capability.setuid) && hasCapability(Capability.setgid);
  if (isSelf && !mayChange) {
    // As oneself no right is needed; the groups are then those that this process has.
    checkDenied(own, `user ${JSON.stringify(name)} (uid ${own.uid})`, deny);
    return { named };
  }
  if (!mayChange) {
    throw notPermitted(name, user, own);
  }
  return { named, credentials: { uid: user.uid, gid: user.gid, groups: user.groups } };
}

function ownIdentity(): TaskCredentials {
  return {
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    groups: process.getgroups?.() ?? [],
  };
}

function checkDenied(who: TaskCredentials, what: string, deny: DenyLists): void {
  if (includesId(deny.deniedHostUids, who.uid)) {
    throw new RawExecError(
      'ERR_USER_DENIED',
      `cannot start a task as ${what}: denied_host_uids of the driver has ${who.uid}. Name another user`,
    );
  }
  const group = [who.gid, ...who.groups].find((gid) => includesId(deny.deniedHostGids, gid));
  if (group !== undefined) {
    throw new RawExecError(
      'ERR_GROUP_DENIED',
      `cannot start a task as ${what}: it is in group ${group}, which denied_host_gids of the driver has. Name another user`,
    );
  }
}

function notPermitted(name: string, user: User, own: TaskCredentials): RawExecError {
  return new RawExecError(
    'ERR_NOT_PERMITTED',
    `cannot start a task as user ${JSON.stringify(name)} (uid ${user.uid}): this process runs as uid ${own.uid} ` +
      'without CAP_SETUID and CAP_SETGID, so it cannot change to another user. Leave the user out, run this process ' +
      'as that user or as root, or give it both capabilities',
  );
}
