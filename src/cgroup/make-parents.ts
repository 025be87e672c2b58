// Owner of the parent groups of this process: makes them where they are absent, prepares those that are ours, removes them.

import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { codeOf } from '../system-code.ts';
import { hostFiles } from './cgroup-files.ts';
import { checkParent } from './check-parent.ts';
import { copyCpuset } from './cpuset-v1.ts';
import { wordsOf } from './layout-of.ts';
import { placeErrorOf } from './place-errors.ts';
import { whileRemoved } from './while-removed.ts';

/** What limits and statistics use of version 2. */
export const v2Controllers: readonly string[] = [
  'cpu',
  'cpuset',
  'io',
  'memory',
  'pids',
  'hugetlb',
];

/** Groups that this process has made, as long as it has not removed them. */
const madeHere = new Set<string>();

/** One of the groups between a top that is there and the parent of task groups, that one included. */
export interface ParentGroup {
  readonly directory: string;
  /** Of version 1: the controllers of its hierarchy that are used. Empty for version 2. */
  readonly v1: readonly string[];
  /** Whether it is raw-exec's by its name, whoever has made it. */
  readonly isOurs: boolean;
}

/** The directories from below `top` down to `directory`, which is the last. */
export function chainBelow(top: string, directory: string): readonly string[] {
  const names = directory.slice(top.length + 1).split('/');
  return names.map((_, index) => `${top}/${names.slice(0, index + 1).join('/')}`);
}

/**
 * Makes the groups of one hierarchy that are absent, and arranges those that are ours. Rejects with PlaceError.
 * @param anchor name of a group to make below the last one: while that is there, nobody can remove the others
 */
export async function makeChain(groups: readonly ParentGroup[], anchor?: string): Promise<void> {
  await whileRemoved(async () => {
    for (const group of groups) {
      await makeGroup(group.directory);
      checkParent(group.directory, group.v1.length === 0 ? 'v2' : 'v1');
      // Now, for the kernel lets nobody change it in a group that has groups below it.
      await arrange(group, countWhatIsBelow);
    }
    const parent = groups.at(-1)?.directory;
    if (anchor !== undefined && parent !== undefined) {
      await makeAnchor(parent, anchor);
    }
  });
  for (const group of groups) {
    await arrange(group, hand);
  }
}

async function makeGroup(directory: string): Promise<void> {
  try {
    await mkdir(directory);
    madeHere.add(directory);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw placeErrorOf(directory, error);
    }
  }
}

async function makeAnchor(parent: string, name: string): Promise<void> {
  try {
    await mkdir(`${parent}/${name}`);
  } catch (error) {
    throw placeErrorOf(parent, error);
  }
}

async function arrange(
  group: ParentGroup,
  how: (group: ParentGroup) => Promise<void>,
): Promise<void> {
  if (!group.isOurs && !madeHere.has(group.directory)) {
    return;
  }
  try {
    await how(group);
  } catch (error) {
    throw placeErrorOf(group.directory, error);
  }
}

/** Removes it when it is ours and empty: rmdir(2) refuses every other. */
export async function removeParent({ directory, isOurs }: ParentGroup): Promise<void> {
  const isMade = madeHere.has(directory);
  if (!isOurs && !isMade) {
    return;
  }
  try {
    await rmdir(directory);
    madeHere.delete(directory);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') {
      madeHere.delete(directory);
    } else if (isMade && !inUse.has(code)) {
      // What is ours by its name alone may be another supervisor's, in a place that is closed to us.
      throw placeErrorOf(directory, error);
    }
  }
}

/** By processes, or by groups below it. */
const inUse = new Set(['EBUSY', 'ENOTEMPTY']);

/**
 * Has the groups below `directory` get every controller that it has itself.
 *
 * Each by itself, because a write of several takes all or none. What the kernel refuses stays off (processes in an inner node, a
 * controller that version 1 holds); withheld.ts finds out why.
 */
export async function handDown(directory: string): Promise<void> {
  const file = `${directory}/cgroup.subtree_control`;
  const there = wordsOf(await readFile(`${directory}/cgroup.controllers`, 'utf8'));
  const on = wordsOf(await readFile(file, 'utf8'));
  for (const controller of v2Controllers) {
    if (there.includes(controller) && !on.includes(controller)) {
      await writeUnlessRefused(file, `+${controller}`);
    }
  }
}

const refusals = new Set(['EBUSY', 'EOPNOTSUPP', 'EINVAL', 'EACCES', 'EPERM', 'EROFS', 'ENOENT']);

async function writeUnlessRefused(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    if (!refusals.has(codeOf(error))) {
      throw error;
    }
  }
}

/** Gives the groups below it what they need: controllers in version 2, CPUs in version 1. */
async function hand({ directory, v1 }: ParentGroup): Promise<void> {
  if (v1.length === 0) await handDown(directory);
  else if (v1.includes('cpuset')) await copyCpuset(directory);
}

/** Before 5.11 a memory group did not count what is below it unless it was told to; later the file is 1 or absent. */
async function countWhatIsBelow({ directory, v1 }: ParentGroup): Promise<void> {
  const file = `${directory}/memory.use_hierarchy`;
  if (v1.includes('memory') && hostFiles.read(file)?.trim() === '0') {
    await writeFile(file, '1');
  }
}
