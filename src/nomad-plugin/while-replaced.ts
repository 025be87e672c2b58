// Owner of the pauses between attempts at what a keeper could not do because it, or a part of it, was just being replaced.

import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNowMs } from '../clock.ts';
import { hasErrorCode } from '../system-code.ts';

/** Of these nothing is known to be wrong but the moment. */
export const passingCodes: readonly string[] = [
  'ERR_KEEPER_GONE',
  'ERR_KEEPER_BUSY',
  'ERR_KEEPER_UNREACHABLE',
  'ERR_KEEPER_LOG',
];

/** A keeper has a successor within moments; what lasts longer is told. */
const usualPatienceMs = 5000;
const shortestPauseMs = 10;
const longestPauseMs = 500;

export interface Patience {
  /** Codes of errors that pass, too. @default [] */
  readonly others?: readonly string[];
  /** @default 5000 */
  readonly patienceMs?: number;
}

/** Nomad tries none of this again: a task that could not be recovered once is killed, and a failed start ends the task. */
export async function whileReplaced<Value>(
  attempt: () => Promise<Value>,
  { others = [], patienceMs = usualPatienceMs }: Patience = {},
): Promise<Value> {
  const codes = [...passingCodes, ...others];
  const endsAtMs = monotonicNowMs() + patienceMs;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (!hasErrorCode(error, codes) || monotonicNowMs() + pauseMs > endsAtMs) throw error;
      await delay(pauseMs);
    }
  }
}
