// Pure: the end of a task for good, in its record.

import { outcomeRecord } from '../state/outcome-record.ts';
import type { TaskRecord } from '../state/records.ts';
import type { TaskOutcome } from '../task-outcome.ts';
import { addEndEvent } from './task-events.ts';

/** With the event that tells it. */
export function endWith(task: TaskRecord, outcome: TaskOutcome): void {
  addEndEvent(task, outcome);
  endFor(task, outcome);
}

export function endFor(task: TaskRecord, outcome: TaskOutcome): void {
  task.state = 'dead';
  task.outcome = outcomeRecord(outcome);
  task.finishedAt = outcome.kind === 'exited' ? outcome.exit.exitedAt.getTime() : Date.now();
  task.isFailed =
    outcome.kind === 'startFailed' ||
    (outcome.kind === 'exited' && outcome.cause === undefined && outcome.exit.exitCode !== 0);
}
