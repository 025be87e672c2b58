// Owner of the processes of cgroup v1 groups, one per hierarchy, that were made for one task.
//
// Version 1 has neither a kill for a whole group nor a notice of its end that costs no helper program (release_agent). So
// members are killed one by one through pidfds, in rounds until none is listed any more; the end of a round is told by the
// pidfds themselves. With a freezer the members of a round cannot fork meanwhile.

import type { Watch } from '../native/containment.ts';
import type { Containment, KillOutcome, SignalOutcome } from './containment.ts';
import { Deadline, happensWithin } from './deadline.ts';
import {
  counted,
  listMembers,
  type MembersReached,
  type SignalRound,
  signalMembers,
  signalRound,
} from './group-members.ts';
import { findSurvivors, notPermitted } from './survivors.ts';
import { freezerAmong, type V1Freezer, type V1Group } from './v1-freezer.ts';

const killSignal = 9;
/** Signal 0 asks whether a process is there and sends nothing. */
const noSignal = 0;
/** How long a group may take to freeze: a process in uninterruptible sleep keeps it from it. */
const freezeGraceMs = 500;
/** A round whose members have not ended after this is followed by another: they may have forked before they were killed. */
const roundMs = 100;

export class V1Containment implements Containment {
  readonly kind = 'v1';
  readonly name: string;
  readonly #directories: readonly string[];
  readonly #freezer: V1Freezer | undefined;
  readonly #watches = new Set<Watch>();

  /** @param groups that hold this task and nobody else: all in them is killed */
  constructor(groups: readonly V1Group[]) {
    this.#directories = groups.map(({ directory }) => directory);
    this.name = `groups ${this.#directories.join(', ')}`;
    this.#freezer = freezerAmong(groups);
  }

  members(): readonly number[] {
    return listMembers(this.#directories);
  }

  isEmpty(): boolean {
    return this.members().length === 0;
  }

  /** Waits for the end of those that are there, and lists again, until nobody is there. */
  async whenEmpty(deadlineMs: number): Promise<boolean> {
    const deadline = new Deadline(deadlineMs);
    for (;;) {
      const isRoundOver = await this.#round(noSignal, deadline.leftMs);
      if (isRoundOver === undefined) return true;
      if (!isRoundOver.hasEnded && deadline.hasPassed) return this.isEmpty();
    }
  }

  async signalAll(signal: number): Promise<SignalOutcome> {
    return counted(signalMembers(this.#directories, signal));
  }

  async killAll(deadlineMs: number): Promise<KillOutcome> {
    const deadline = new Deadline(deadlineMs);
    const killed = new Set<number>();
    const refused = new Set<number>();
    for (;;) {
      const round = await this.#killRound(deadline);
      if (round === undefined) return { killed: killed.size, survivors: [] };
      for (const pid of round.outcome.reached) killed.add(pid);
      for (const { pid } of notPermitted(round.outcome.refused)) refused.add(pid);
      if (!round.hasEnded && deadline.hasPassed) {
        return { killed: killed.size, survivors: findSurvivors(this.members(), refused) };
      }
    }
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
  }

  /** A v1-frozen process does not even die before it is thawed: so the wait comes after the thaw. */
  async #killRound(deadline: Deadline): Promise<Round | undefined> {
    if (this.isEmpty()) return undefined;
    if (this.#freezer === undefined) {
      return this.#round(killSignal, Math.min(roundMs, deadline.leftMs));
    }
    let frozen: MembersReached;
    await this.#freezer.freeze(new Deadline(Math.min(freezeGraceMs, deadline.leftMs)));
    try {
      frozen = signalMembers(this.#directories, killSignal);
    } finally {
      await this.#freezer.thaw();
    }
    const after = await this.#round(killSignal, Math.min(roundMs, deadline.leftMs));
    return {
      outcome: {
        reached: [...frozen.reached, ...(after?.outcome.reached ?? [])],
        refused: [...frozen.refused, ...(after?.outcome.refused ?? [])],
      },
      hasEnded: after?.hasEnded ?? true,
    };
  }

  /** Sends to all, and waits for their end; undefined when nobody is there. */
  async #round(signal: number, waitMs: number): Promise<Round | undefined> {
    let outcome: SignalRound | undefined;
    const hasEnded = await happensWithin(waitMs, (onEnded) => {
      outcome = signalRound(this.#directories, signal, undefined, onEnded);
      const { watch } = outcome;
      // Nobody whose end could be told: those who refuse are waited for until the deadline.
      if (watch === undefined) {
        if (outcome.refused.length === 0) onEnded();
        return undefined;
      }
      this.#watches.add(watch);
      return () => {
        watch.close();
        this.#watches.delete(watch);
      };
    });
    if (outcome === undefined) return undefined;
    if (outcome.reached.length + outcome.refused.length === 0 && this.isEmpty()) return undefined;
    return { outcome, hasEnded };
  }
}

interface Round {
  readonly outcome: MembersReached;
  /** Whether all that were reached ended in time. */
  readonly hasEnded: boolean;
}
