// Owner of the last samples of things that somebody asks about again and again: a share of time needs two of them.

import { afterAtLeast, monotonicNowMs } from '../../clock.ts';
import type { Pair, Timed } from '../../driver/sample-pair.ts';

/** Between the two of who asks for the first time: counters in steps of 10 ms tell something then. */
const firstPauseMs = 100;
/** Who asks more often gets shares of at least about so long, whoever else asks meanwhile. */
const shortestMs = 1000;
/** What is older says nothing of now. */
const oldestMs = 10_000;

export class PairedSamples<Sample> {
  readonly #take: (id: string) => Promise<Sample | undefined>;
  readonly #known = new Map<string, { before: Timed<Sample>; latest: Timed<Sample> }>();

  /** @param take resolves with undefined for what is not there any more */
  constructor(take: (id: string) => Promise<Sample | undefined>) {
    this.#take = take;
  }

  /** Undefined for what is not there any more. */
  async pair(id: string): Promise<Pair<Sample> | undefined> {
    const now = await this.#sample(id);
    if (now === undefined) return undefined;
    const known = this.#known.get(id);
    if (known === undefined || now.atMs - known.latest.atMs > oldestMs) {
      this.#known.set(id, { before: now, latest: now });
      return this.#after(now, id);
    }
    if (now.atMs - known.latest.atMs >= shortestMs) {
      known.before = known.latest;
      known.latest = now;
    }
    // Somebody has asked for the first time just now.
    if (now.atMs - known.before.atMs < firstPauseMs) return this.#after(known.before, id);
    return { before: known.before, after: now };
  }

  forget(id: string): void {
    this.#known.delete(id);
  }

  async #after(before: Timed<Sample>, id: string): Promise<Pair<Sample> | undefined> {
    await new Promise<void>((resolve) => void afterAtLeast(firstPauseMs, resolve));
    const after = await this.#sample(id);
    return after === undefined ? undefined : { before, after };
  }

  async #sample(id: string): Promise<Timed<Sample> | undefined> {
    const sample = await this.#take(id);
    if (sample !== undefined) return { sample, atMs: monotonicNowMs() };
    this.forget(id);
    return undefined;
  }
}
