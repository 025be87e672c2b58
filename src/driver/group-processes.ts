// Owner of who was in a group at the last look: what single processes use, without strangers among them.

import type { StatsPaths } from '../cgroup/group-stats.ts';
import { type ProcessSample, readProcesses } from '../cgroup/process-list.ts';
import { listMembers } from '../containment/group-members.ts';

export class GroupProcesses {
  readonly #directories: readonly string[];
  #before: readonly ProcessSample[] = [];

  constructor({ v2, v1 }: StatsPaths) {
    const directory = v2 ?? v1[0]?.directory;
    this.#directories = directory === undefined ? [] : [directory];
  }

  /** The processes of the group and of all groups below it, sorted by pid; none when the group is gone. */
  read(): readonly ProcessSample[] {
    const samples = readProcesses(listMembers(this.#directories).map((pid) => ({ pid })));
    this.#before = this.#areAllKnown(samples) ? samples : this.#withoutStrangers(samples);
    return this.#before;
  }

  /** Those who are listed, and began when they did at the last look, are the same: most looks find nobody else. */
  #areAllKnown(samples: readonly ProcessSample[]): boolean {
    const known = new Map(this.#before.map(({ pid, startTicks }) => [pid, startTicks]));
    return samples.every(({ pid, startTicks }) => known.get(pid) === startTicks);
  }

  /** A pid may have passed to a stranger in between: whoever is in the group after the reading is none. */
  #withoutStrangers(samples: readonly ProcessSample[]): readonly ProcessSample[] {
    const after = new Set(listMembers(this.#directories));
    return samples.filter(({ pid }) => after.has(pid));
  }
}
