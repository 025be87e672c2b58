// Pure: what became of a task in the end.

import type { TaskExit } from '../driver/task-host.ts';
import type { EndReason } from './task-order.ts';

/** Why a task was made to end, or never began. */
export interface EndCause {
  readonly reason: EndReason;
  /** The task that is the cause, where there is one. */
  readonly because?: string;
}

export type TaskOutcome =
  | {
      readonly kind: 'exited';
      readonly exit: TaskExit;
      readonly durationMs: number;
      /** Present when it was made to end. */
      readonly cause?: EndCause;
    }
  /** The system refused to start it. */
  | { readonly kind: 'startFailed'; readonly error: unknown }
  /** It was its turn only after everything was over. */
  | { readonly kind: 'notStarted'; readonly cause: EndCause };

/**
 * Whether the outcome is nothing to complain about: the task ended with 0, or was ended because its work was done (its
 * leader has ended, or only sidecars were left).
 */
export function isGoodOutcome(outcome: TaskOutcome): boolean {
  if (outcome.kind === 'startFailed') return false;
  if (outcome.kind === 'exited' && outcome.exit.exitCode === 0) return true;
  const reason = outcome.cause?.reason;
  return reason === 'leaderEnded' || reason === 'onlySidecarsLeft';
}

/** Whether the task went wrong by itself: then its files are what somebody wants to look at. */
export function isFailure(outcome: TaskOutcome): boolean {
  if (outcome.kind === 'exited') return outcome.cause === undefined && outcome.exit.exitCode !== 0;
  return outcome.kind === 'startFailed';
}
