// Owner of one timer per wait: a moment by which something has to have happened.

import { afterAtLeast, monotonicNowMs } from '../clock.ts';

export class Deadline {
  readonly #endsAtMs: number;

  /** @param ms from now on, in milliseconds */
  constructor(ms: number) {
    this.#endsAtMs = monotonicNowMs() + ms;
  }

  /** In milliseconds, never below 0. */
  get leftMs(): number {
    return Math.max(0, this.#endsAtMs - monotonicNowMs());
  }

  get hasPassed(): boolean {
    return this.leftMs === 0;
  }
}

/** Begins something that calls back once it has happened, and gives back what ends the watching. */
export type Begin = (onHappened: () => void) => (() => void) | undefined;

/**
 * Whether it happens within `ms`. The timer holds the event loop: somebody waits for the answer.
 * @param begin may call back at once; what it returns is called in any case, and what it throws rejects
 */
export async function happensWithin(ms: number, begin: Begin): Promise<boolean> {
  let endTimer: (() => void) | undefined;
  let end: (() => void) | undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      endTimer = afterAtLeast(ms, () => resolve(false));
      end = begin(() => resolve(true));
    });
  } finally {
    endTimer?.();
    end?.();
  }
}
