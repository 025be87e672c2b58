// Owner of nothing that lasts: makes the directories of one group, all of them or none.

import { constants } from 'node:os';
import { unpackFailure } from '../native/groups.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import { type GroupDescriptors, noDescriptors } from '../process/own-group.ts';
import { CgroupError } from './cgroup-errors.ts';
import { cannotMake } from './group-errors.ts';
import { nextGroupName } from './group-name.ts';
import { formatOwner, ownIdentity } from './group-owner.ts';
import { GroupPaths } from './group-paths.ts';
import type { Hierarchies } from './hierarchies.ts';

const { EEXIST, ENOENT, ENODEV } = constants.errno;

const cpusetFiles = ['cpuset.cpus', 'cpuset.mems'];

/** A group that nothing has been in. Whoever takes it closes the descriptors. */
export interface ReadyGroup {
  readonly paths: GroupPaths;
  readonly descriptors: GroupDescriptors;
}

/** A file of a group, by the index of its hierarchy; -1: version 2. */
export interface HierarchyFile {
  readonly hierarchy: number;
  readonly file: string;
}

/** Names are taken only by what a dead process with our pid has left. */
const nameAttempts = 10_000;
/** Every supervisor that ends can take a parent away once more between two steps, as long as it is empty. */
const mostRemakes = 100;

export class GroupMaker {
  readonly #hierarchies: Hierarchies;
  readonly #owner: string = formatOwner(ownIdentity());
  readonly #cpuset: number;
  /** Makes the parents again when somebody has removed them because they were empty. */
  readonly #remakeParents: (() => void) | undefined;

  constructor(hierarchies: Hierarchies, remakeParents: (() => void) | undefined) {
    this.#hierarchies = hierarchies;
    this.#cpuset = hierarchies.indexOfV1('cpuset');
    this.#remakeParents = remakeParents;
  }

  /**
   * Makes a group now.
   * @param mask - hierarchies of version 1, as bits of their indices
   */
  make(mask: number): ReadyGroup {
    for (let attempt = 0, remakes = 0; attempt < nameAttempts; attempt += 1) {
      const paths = new GroupPaths(this.#hierarchies, mask, nextGroupName());
      const failure = unpackFailure(native.groupMake(paths.all.join('\0'), this.#owner));
      if (failure === undefined) {
        const problem = this.#prepareCpuset(paths);
        if (problem === undefined) return { paths, descriptors: openGroup(paths) };
        discard(paths, paths.all.length);
        // Another supervisor may have made the parent just now, and not yet given it its CPUs.
        if (remakes === mostRemakes || this.#remakeParents === undefined) throw problem;
        this.#remakeParents();
        remakes += 1;
        continue;
      }
      discard(paths, failure.index);
      if (failure.errno === EEXIST) continue;
      const isParentGone = failure.errno === ENOENT || failure.errno === ENODEV;
      if (!isParentGone || remakes === mostRemakes || this.#remakeParents === undefined) {
        throw cannotMake(paths.all[failure.index] ?? '', failure.errno);
      }
      this.#remakeParents();
      remakes += 1;
    }
    throw new CgroupError('ERR_CGROUP', `cannot make a cgroup: ${nameAttempts} names are taken`);
  }

  /**
   * Makes groups on another thread, with what a start will open.
   * @param files - by index of the hierarchy (-1: version 2), what else will be opened
   * @returns those that could be made: the start that needs another meets the reason itself
   */
  async makeLater(
    mask: number,
    files: readonly HierarchyFile[],
    count: number,
  ): Promise<readonly ReadyGroup[]> {
    const groups = Array.from(
      { length: count },
      () => new GroupPaths(this.#hierarchies, mask, nextGroupName()),
    );
    const all = groups.flatMap((paths) => paths.all);
    const warm = groups.flatMap((paths) => filesOfStart(paths, files));
    const held = groups.map(({ v2 }) => v2).filter((path) => path !== undefined);
    const [packed = 0, ...descriptors] = await native.groupMakeLater(
      all.join('\0'),
      this.#owner,
      held.join('\0'),
      warm.join('\0'),
    );
    const made = unpackFailure(packed)?.index ?? all.length;
    const perGroup = groups[0]?.all.length ?? 1;
    const whole = Math.floor(made / perGroup);
    for (const path of all.slice(whole * perGroup, made)) native.groupDiscard(path);
    const complete = groups.slice(0, whole).map((paths, index) => ({
      paths,
      descriptors: {
        directory: descriptors[index * 2] ?? -1,
        events: descriptors[index * 2 + 1] ?? -1,
      },
    }));
    const values = this.#cpusetOfParent(complete[0]?.paths);
    const pairs = complete.flatMap(({ paths }) => this.#cpusetPairs(paths, values));
    if (pairs.length === 0) return complete;
    const isWritten = !pairs.includes('') && (await native.groupWriteLater(pairs.join('\0'))) === 0;
    if (isWritten) return complete;
    for (const group of complete) discardGroup(group);
    return [];
  }

  /** A new cpuset of version 1 is empty, and takes no process (cpuset(7)): it gets what the parent has. */
  #cpusetPairs(paths: GroupPaths, values = this.#cpusetOfParent(paths)): string[] {
    const directory = this.#cpuset < 0 ? undefined : paths.v1[this.#cpuset];
    if (directory === undefined || values.length === 0) return [];
    return cpusetFiles.flatMap((file, index) => [`${directory}/${file}`, String(values[index])]);
  }

  /** Empty where the group has none. */
  #cpusetOfParent(paths: GroupPaths | undefined): readonly (string | number)[] {
    const parent = this.#hierarchies.v1[this.#cpuset]?.directory;
    if (paths?.v1[this.#cpuset] === undefined || parent === undefined) return [];
    return native.groupRead(cpusetFiles.map((file) => `${parent}/${file}`).join('\0'));
  }

  #prepareCpuset(paths: GroupPaths): CgroupError | undefined {
    const pairs = this.#cpusetPairs(paths);
    if (pairs.length === 0) return undefined;
    if (pairs.includes('')) return emptyCpuset(pairs[pairs.indexOf('') - 1] ?? '');
    const failure = unpackFailure(native.groupWrite(pairs.join('\0')));
    if (failure === undefined) return undefined;
    const path = pairs[failure.index * 2] ?? '';
    const value = pairs[failure.index * 2 + 1] ?? '';
    return new CgroupError(
      'ERR_CGROUP',
      `cannot make a cpuset: writing ${JSON.stringify(value)} to ${path} failed with ${describeErrno(failure.errno)}`,
      { errno: failure.errno, syscall: 'write', path, value },
    );
  }
}

function emptyCpuset(path: string): CgroupError {
  return new CgroupError(
    'ERR_CGROUP',
    `cannot make a cpuset: nothing is there for ${path}, as the same file of the group above is empty. Write CPUs and memory ` +
      'nodes into that first',
    { path },
  );
}

/** Paths of what a start opens in a group: their inodes are made beforehand. */
function filesOfStart(paths: GroupPaths, files: readonly HierarchyFile[]): string[] {
  const joined = paths.v1
    .filter((directory) => directory !== undefined)
    .map((directory) => `${directory}/tasks`);
  const checked = paths.v2 === undefined ? [] : [`${paths.v2}/cgroup.events`];
  const written = files.map(({ hierarchy, file }) => `${paths.directory(hierarchy)}/${file}`);
  return [...checked, ...joined, ...written];
}

function openGroup({ v2 }: GroupPaths): GroupDescriptors {
  if (v2 === undefined) return noDescriptors;
  const [directory = -1, events = -1] = native.groupOpen(v2);
  return { directory, events };
}

/** Removes it here and now. What cannot be removed is found as a leftover later. */
export function discardGroup({ paths, descriptors }: ReadyGroup): void {
  discard(paths, paths.all.length);
  closeDescriptors(descriptors);
}

export function closeDescriptors({ directory, events }: GroupDescriptors): void {
  if (directory >= 0) native.close(directory);
  if (events >= 0) native.close(events);
}

function discard(paths: GroupPaths, count: number): void {
  for (const path of paths.all.slice(0, count)) native.groupDiscard(path);
}
