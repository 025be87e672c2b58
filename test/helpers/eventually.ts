// Owner of one wait: asks again until the answer is right, or a deadline has passed.

import { setTimeout as delay } from 'node:timers/promises';
import { slowness } from './slowness.ts';

/** Generous: it only decides how long a failing test takes. */
const deadlineMs = 20_000 * slowness;
const pauseMs = 5;

/** The first answer that is not undefined. Fails with `what` after the deadline. */
export async function eventually<Value>(
  what: string,
  ask: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (performance.now() > giveUpAt) {
      throw new Error(`did not happen within ${deadlineMs} ms: ${what}`);
    }
    await delay(pauseMs);
  }
}
