// Pure: whether a task that has ended is started again, and when. The rules are those of Nomad's task runner.

import type { JobType, Restart } from '../job/job-model.ts';
import type { TaskRole } from './task-order.ts';

/** How an instance of a task has ended: `startRefused` would end the same way again. */
export type InstanceEnd = 'succeeded' | 'failed' | 'startFailed' | 'startRefused';

export type RestartDecision =
  /** Its work is done. */
  | { readonly kind: 'done' }
  | { readonly kind: 'restart'; readonly delayMs: number; readonly reason: string }
  /** It has failed for good. */
  | { readonly kind: 'giveUp'; readonly reason: string };

/** So that tasks which have failed together do not come back together: up to this part of the delay is added. */
const mostJitter = 0.25;

/** Whether a task is started again after it has ended with 0. */
export function restartsOnSuccess(type: JobType, role: TaskRole): boolean {
  switch (role) {
    case 'main':
      return type === 'service' || type === 'system';
    case 'prestartSidecar':
    case 'poststartSidecar':
      return true;
    case 'prestart':
    case 'poststart':
    case 'poststop':
      return false;
  }
}

/** Counts the restarts of one task in intervals that begin with the first end behind the last one. */
export class RestartPolicy {
  readonly #policy: Restart;
  readonly #onSuccess: boolean;
  readonly #chance: () => number;
  #intervalEndsMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** @param chance from 0 up to 1 */
  constructor(policy: Restart, onSuccess: boolean, chance: () => number) {
    this.#policy = policy;
    this.#onSuccess = onSuccess;
    this.#chance = chance;
  }

  /** @param nowMs of a clock that does not jump */
  decide(end: InstanceEnd, nowMs: number): RestartDecision {
    const { attempts, intervalMs, delayMs, mode } = this.#policy;
    if (end === 'succeeded' && !this.#onSuccess) return { kind: 'done' };
    if (end === 'startRefused')
      return { kind: 'giveUp', reason: 'another start would fail the same way' };
    if (attempts === 0) {
      return end === 'succeeded'
        ? { kind: 'done' }
        : { kind: 'giveUp', reason: 'its restart policy has no attempts' };
    }
    if (nowMs > this.#intervalEndsMs) {
      this.#count = 0;
      this.#intervalEndsMs = nowMs + intervalMs;
    }
    this.#count += 1;
    if (this.#count <= attempts) {
      const jitterMs = Math.floor(delayMs * mostJitter * this.#chance());
      const reason = `attempt ${this.#count} of ${attempts} in ${seconds(intervalMs)}`;
      return { kind: 'restart', delayMs: delayMs + jitterMs, reason };
    }
    const used = `the ${attempts} attempts of ${seconds(intervalMs)} are used up`;
    if (mode === 'fail') return { kind: 'giveUp', reason: used };
    return {
      kind: 'restart',
      delayMs: this.#intervalEndsMs - nowMs,
      reason: `${used}: when they are over`,
    };
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
