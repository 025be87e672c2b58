// Pure: what became of a task, in words.

import type { EndCause, TaskOutcome } from '../agent/task-outcome.ts';
import type { TaskExit } from '../driver/task-host.ts';
import { messageOf } from '../message-of.ts';
import { signalName } from '../signals.ts';

/** `exited with code 3 after 1.2s`, `ended by SIGINT after 4.0s, because task "web" failed`. */
export function outcomeText(outcome: TaskOutcome): string {
  switch (outcome.kind) {
    case 'exited': {
      const { exit, durationMs, cause } = outcome;
      const end = endText(exit);
      const after = `after ${seconds(durationMs)}`;
      return cause === undefined ? `${end} ${after}` : `${end} ${after}, ${causeText(cause)}`;
    }
    case 'startFailed':
      return `not started: ${messageOf(outcome.error)}`;
    case 'notStarted':
      return `not started, ${causeText(outcome.cause)}`;
  }
}

function endText({ signal, exitCode, isOomKilled }: TaskExit): string {
  if (isOomKilled)
    return 'killed for want of memory (its limit is `memory` or `memory_max` of its resources)';
  return signal === 0 ? `exited with code ${exitCode}` : `ended by ${signalName(signal)}`;
}

/** The same for a list in which the reason was told before. */
export function shortOutcomeText(outcome: TaskOutcome): string {
  return outcome.kind === 'startFailed' ? 'not started' : outcomeText(outcome);
}

function causeText({ reason, because }: EndCause): string {
  switch (reason) {
    case 'requested':
      return 'as you asked';
    case 'taskFailed':
      return `because task ${JSON.stringify(because)} failed`;
    case 'leaderEnded':
      return `because its leader ${JSON.stringify(because)} had ended`;
    case 'onlySidecarsLeft':
      return 'because only sidecars were left';
  }
}

/** `0.250s`, `4.0s`, `1h2m3s`. */
export function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(ms < 1000 ? 3 : 1)}s`;
  const total = Math.round(ms / 1000);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const parts = [hours > 0 ? `${hours}h` : '', hours > 0 || minutes > 0 ? `${minutes}m` : ''];
  return `${parts.join('')}${total % 60}s`;
}
