// Owner of a task's v2 group and its v1 groups on a hybrid host: the v2 group kills, the v1 groups are looked after.

import type { Containment, KillOutcome, SignalOutcome } from './containment.ts';
import { Deadline } from './deadline.ts';
import { counted, listMembers, signalMembers } from './group-members.ts';
import { V1Containment } from './v1-containment.ts';
import { freezerAmong, type V1Group } from './v1-freezer.ts';
import { V2Containment, type V2ContainmentOptions } from './v2-containment.ts';

export class HybridContainment implements Containment {
  readonly kind = 'hybrid';
  readonly name: string;
  readonly #v2: V2Containment;
  readonly #v1: V1Containment;
  readonly #groups: readonly V1Group[];
  readonly #directories: readonly string[];

  /** @param directory the v2 group; like the others it holds this task and nobody else */
  constructor(directory: string, groups: readonly V1Group[], options: V2ContainmentOptions = {}) {
    this.#v2 = new V2Containment(directory, options);
    this.#v1 = new V1Containment(groups);
    this.#groups = groups;
    this.#directories = [directory, ...groups.map((group) => group.directory)];
    this.name = `groups ${this.#directories.join(', ')}`;
  }

  /** A task that runs as root may have moved itself out of one of them: whoever is in any is of the task. */
  members(): readonly number[] {
    return listMembers(this.#directories);
  }

  isEmpty(): boolean {
    return this.#v2.isEmpty() && this.#v1.isEmpty();
  }

  async whenEmpty(deadlineMs: number): Promise<boolean> {
    const deadline = new Deadline(deadlineMs);
    return (await this.#v2.whenEmpty(deadlineMs)) && this.#v1.whenEmpty(deadline.leftMs);
  }

  async signalAll(signal: number): Promise<SignalOutcome> {
    return counted(signalMembers(this.#directories, signal));
  }

  /** What is frozen in version 1 dies of no cgroup.kill before it is thawed (6.18: not even of SIGKILL). */
  async killAll(deadlineMs: number): Promise<KillOutcome> {
    const deadline = new Deadline(deadlineMs);
    await freezerAmong(this.#groups)?.thaw();
    const first = await this.#v2.killAll(deadlineMs);
    if (this.#v1.isEmpty()) return first;
    const second = await this.#v1.killAll(deadline.leftMs);
    const isSecond = new Set(second.survivors.map(({ pid }) => pid));
    const stillThere = first.survivors.filter(({ pid }) => !isSecond.has(pid));
    return {
      // Who survived the first is met again in the second.
      killed: Math.max(first.killed, first.killed - first.survivors.length + second.killed),
      survivors: [...stillThere, ...second.survivors],
    };
  }

  close(): void {
    this.#v2.close();
    this.#v1.close();
  }
}
