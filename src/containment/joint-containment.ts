// Owner of several containments that hold one task together: the tree of its reaper, and those of commands that run beside it.

import type { Containment, KillOutcome, SignalOutcome } from './containment.ts';
import { Deadline } from './deadline.ts';

export class JointContainment implements Containment {
  readonly kind: Containment['kind'];
  readonly name: string;
  #parts: readonly Containment[];

  constructor(first: Containment) {
    this.kind = first.kind;
    this.name = first.name;
    this.#parts = [first];
  }

  /** Takes what holds one more command. What has become empty is let go of. */
  add(part: Containment): void {
    const kept = this.#parts.filter((other, index) => index === 0 || !other.isEmpty());
    this.#parts = [...kept, part];
  }

  members(): readonly number[] {
    return this.#parts.flatMap((part) => part.members());
  }

  isEmpty(): boolean {
    return this.#parts.every((part) => part.isEmpty());
  }

  /** Also of those that are added meanwhile. */
  async whenEmpty(deadlineMs: number): Promise<boolean> {
    const deadline = new Deadline(deadlineMs);
    for (;;) {
      const left = this.#parts.find((part) => !part.isEmpty());
      if (left === undefined) return true;
      if (!(await left.whenEmpty(deadline.leftMs))) return this.isEmpty();
    }
  }

  async signalAll(signal: number): Promise<SignalOutcome> {
    const outcomes = await Promise.all(this.#parts.map((part) => part.signalAll(signal)));
    return {
      reached: outcomes.reduce((sum, { reached }) => sum + reached, 0),
      refused: outcomes.flatMap(({ refused }) => refused),
    };
  }

  /** All at once, and then those that were added meanwhile. */
  async killAll(deadlineMs: number): Promise<KillOutcome> {
    const deadline = new Deadline(deadlineMs);
    const done = new Set<Containment>();
    const outcomes: KillOutcome[] = [];
    for (;;) {
      const parts = this.#parts.filter((part) => !done.has(part) && !part.isEmpty());
      if (parts.length === 0) break;
      for (const part of parts) done.add(part);
      outcomes.push(...(await Promise.all(parts.map((part) => part.killAll(deadline.leftMs)))));
    }
    return {
      killed: outcomes.reduce((sum, { killed }) => sum + killed, 0),
      survivors: outcomes.flatMap(({ survivors }) => survivors),
    };
  }

  close(): void {
    for (const part of this.#parts) part.close();
  }
}
