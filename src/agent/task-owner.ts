// Owner of nothing; asks the name service: whom the directories of a task belong to.

import { findUserLater } from '../process/user.ts';
import type { DirectoryOwner } from './allocation-directory.ts';
import type { PreparedTask } from './prepared-task.ts';

/** Undefined for this process's own user: without the rights of root nobody else can be given anything. */
export async function ownerFor({ user }: PreparedTask): Promise<DirectoryOwner | undefined> {
  if (user === undefined || process.geteuid?.() !== 0) return undefined;
  return findUserLater(user);
}
