// Owner of a pause that a signal cuts short.

import { monotonicNowMs } from '../clock.ts';

/** The longest that one timer takes: a longer one would be over at once. */
const longestTimerMs = 2_147_483_647;

/** False when the signal fired before the time was over. The timer holds the event loop: somebody waits. */
export async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  const { setTimeout: delay } = process.getBuiltinModule('node:timers/promises');
  const endsAtMs = monotonicNowMs() + ms;
  try {
    let leftMs = ms;
    do {
      await delay(Math.min(leftMs, longestTimerMs), undefined, { signal });
      leftMs = endsAtMs - monotonicNowMs();
      // A timer may be early by a fraction of its unit, which is no reason for another one.
    } while (leftMs >= 1);
    return true;
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}
