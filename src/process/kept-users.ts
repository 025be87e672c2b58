// Owner of answers of the name service that are kept for a moment: a look-up reads files, or asks a server, at each start.

import { monotonicNowMs } from '../clock.ts';
import { findUser, type User } from './user.ts';

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
  const nowMs = monotonicNowMs();
  const known = kept.get(nameOrId);
  if (known !== undefined && nowMs < known.untilMs) return known.user;
  const user = findUser(nameOrId);
  if (kept.size >= mostKept) kept.clear();
  if (user === undefined) kept.delete(nameOrId);
  else kept.set(nameOrId, { user, untilMs: nowMs + keepMs });
  return user;
}
