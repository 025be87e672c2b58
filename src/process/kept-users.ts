// Owner of answers of the name service that are kept for a moment: a look-up reads files, or asks a server, at each start.

import { monotonicNowMs } from '../clock.ts';
import { findUser, findUserLater, type User } from './user.ts';

/** Shorter than anybody needs to change a user's groups and start a program; long enough for a burst of starts. */
const keepMs = 1000;
const mostKept = 256;

interface KeptUser {
  readonly user: User;
  readonly untilMs: number;
}

const kept = new Map<string | number, KeptUser>();

/** As `findUser`, from an answer of the last second. That there is no such user is never kept. */
export function findUserForStart(nameOrId: string | number): User | undefined {
  return keptUser(nameOrId) ?? keep(nameOrId, findUser(nameOrId));
}

/** As `findUserLater`, from an answer of the last second. */
export async function findUserForTask(nameOrId: string | number): Promise<User | undefined> {
  return keptUser(nameOrId) ?? keep(nameOrId, await findUserLater(nameOrId));
}

function keptUser(nameOrId: string | number): User | undefined {
  const known = kept.get(nameOrId);
  return known !== undefined && monotonicNowMs() < known.untilMs ? known.user : undefined;
}

function keep(nameOrId: string | number, user: User | undefined): User | undefined {
  if (kept.size >= mostKept) kept.clear();
  if (user === undefined) kept.delete(nameOrId);
  else kept.set(nameOrId, { user, untilMs: monotonicNowMs() + keepMs });
  return user;
}
