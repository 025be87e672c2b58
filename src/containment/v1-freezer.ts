// Owner of the state of one v1 freezer group that was made for one task, and of the groups that the task made below it.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasErrorCode } from '../system-code.ts';
import type { Deadline } from './deadline.ts';

const longestPauseMs = 20;
const gone: readonly string[] = ['ENOENT', 'ENODEV'];

/** One v1 group: which controller it is of, and where. */
export interface V1Group {
  /** Several mounted together are one name: `cpu,cpuacct`. */
  readonly controller: string;
  readonly directory: string;
}

export function freezerAmong(groups: readonly V1Group[]): V1Freezer | undefined {
  const freezer = groups.find(({ controller }) => controller.split(',').includes('freezer'));
  return freezer && new V1Freezer(freezer.directory);
}

export class V1Freezer {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Asks until the kernel says FROZEN: a v1 freezer has no notice of that (freezer-subsystem.rst), so this is the one place
   * that polls, with growing pauses. @returns false at the deadline: something in uninterruptible sleep cannot be frozen
   */
  async freeze(deadline: Deadline): Promise<boolean> {
    let pauseMs = 1;
    for (;;) {
      // Each write tries again to freeze what was forked or could not be frozen before.
      if (!(await writeState(this.#directory, 'FROZEN'))) return true;
      const state = await readState(this.#directory);
      if (state === 'FROZEN' || state === undefined) return true;
      if (deadline.hasPassed) return false;
      await delay(Math.min(pauseMs, deadline.leftMs));
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  /** The groups below too: each has a state of its own, and the task may have frozen itself there. */
  async thaw(): Promise<void> {
    await thawTree(this.#directory);
  }
}

async function thawTree(directory: string): Promise<void> {
  await writeState(directory, 'THAWED');
  for (const name of await groupsBelow(directory)) await thawTree(join(directory, name));
}

async function groupsBelow(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (hasErrorCode(error, gone)) return [];
    throw error;
  }
}

/** @returns false when the group is gone */
async function writeState(directory: string, state: 'FROZEN' | 'THAWED'): Promise<boolean> {
  try {
    await writeFile(join(directory, 'freezer.state'), state, { flag: 'r+' });
    return true;
  } catch (error) {
    if (hasErrorCode(error, gone)) return false;
    throw error;
  }
}

async function readState(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, 'freezer.state'), 'utf8')).trim();
  } catch (error) {
    if (hasErrorCode(error, gone)) return undefined;
    throw error;
  }
}
