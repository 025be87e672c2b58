// Pure: what happened to a task, by Nomad's names for it.

import { messageOf } from '../../message-of.ts';
import { signalName } from '../../signals.ts';
import type { TaskEventRecord, TaskRecord } from '../state/records.ts';
import type { TaskOutcome } from '../task-outcome.ts';

/** As many as Nomad keeps. */
const mostEvents = 10;

export type TaskEventType =
  | 'Received'
  | 'Started'
  | 'Terminated'
  | 'Restarting'
  | 'Restart Signaled'
  | 'Not Restarting'
  | 'Driver Failure'
  | 'Killing'
  | 'Killed'
  | 'Signaling'
  | 'Sibling Task Failed'
  | 'Leader Task Dead'
  | 'Problem';

/** The oldest go when there are too many. */
export function addEvent(
  task: TaskRecord,
  type: TaskEventType,
  message: string,
  details: Readonly<Record<string, string>> = {},
): void {
  const event: TaskEventRecord = { type, at: Date.now(), message, details };
  task.events = [...task.events, event].slice(-mostEvents);
}

/** How a process ended, or that none could be started. */
export function addEndEvent(task: TaskRecord, outcome: TaskOutcome): void {
  switch (outcome.kind) {
    case 'exited': {
      const { exitCode, signal, isOomKilled, isStatusKnown } = outcome.exit;
      const details = {
        exit_code: String(exitCode),
        signal: String(signal),
        oom_killed: String(isOomKilled),
      };
      const how = isStatusKnown ? endText(exitCode, signal) : 'its exit status is not known';
      const oom = isOomKilled ? ', killed for want of memory' : '';
      addEvent(task, 'Terminated', `Ended: ${how}${oom}`, details);
      break;
    }
    case 'startFailed':
      addEvent(task, 'Driver Failure', `Not started: ${messageOf(outcome.error)}`);
      break;
    case 'notStarted':
      addEvent(task, 'Killed', 'Not started: its allocation has ended');
      break;
  }
}

function endText(exitCode: number, signal: number): string {
  return signal === 0 ? `exit code ${exitCode}` : `${signalName(signal)} (exit code ${exitCode})`;
}
