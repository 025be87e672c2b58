// Pure: whether an allocation that has failed is replaced by a new one, and when. The rules are those of Nomad's scheduler.

import type { Reschedule } from '../../job/job-model.ts';

export type RescheduleDecision =
  | { readonly kind: 'replace'; readonly atMs: number; readonly reason: string }
  | { readonly kind: 'giveUp'; readonly reason: string };

/**
 * @param replacedAtMs when the ones before it were replaced after a failure, the oldest first
 * @param failedAtMs of the same clock
 */
export function decideReschedule(
  policy: Reschedule,
  replacedAtMs: readonly number[],
  failedAtMs: number,
): RescheduleDecision {
  const delayMs = delayAfter(policy, replacedAtMs, failedAtMs);
  const atMs = failedAtMs + delayMs;
  const after = `in ${delayMs / 1000} s`;
  if (policy.unlimited) return { kind: 'replace', atMs, reason: `${after}, as often as it takes` };
  const { attempts, intervalMs } = policy;
  if (attempts === 0) return { kind: 'giveUp', reason: 'its reschedule policy has no attempts' };
  const recent = replacedAtMs.filter((at) => failedAtMs - at < intervalMs).length;
  if (recent >= attempts) {
    const used = `the ${attempts} attempts of ${intervalMs / 1000} s are used up`;
    return { kind: 'giveUp', reason: used };
  }
  return { kind: 'replace', atMs, reason: `${after}: attempt ${recent + 1} of ${attempts}` };
}

function delayAfter(
  policy: Reschedule,
  replacedAtMs: readonly number[],
  failedAtMs: number,
): number {
  const { delayMs, delayFunction, maxDelayMs } = policy;
  if (delayFunction === 'constant') return delayMs;
  const step = stepOf(policy, replacedAtMs, failedAtMs);
  const factor = delayFunction === 'exponential' ? 2 ** step : fibonacci(step);
  const grown = delayMs * factor;
  return maxDelayMs > 0 ? Math.min(grown, maxDelayMs) : grown;
}

/** How often the delay has grown. One that ran for longer than the longest delay begins anew. */
function stepOf(policy: Reschedule, replacedAtMs: readonly number[], failedAtMs: number): number {
  const last = replacedAtMs.at(-1);
  const hasRecovered =
    last !== undefined && policy.maxDelayMs > 0 && failedAtMs - last > policy.maxDelayMs;
  return hasRecovered ? 0 : replacedAtMs.length;
}

/** 1, 1, 2, 3, 5, … */
function fibonacci(step: number): number {
  let [now, next] = [1, 1];
  for (let at = 0; at < step; at += 1) [now, next] = [next, now + next];
  return now;
}
