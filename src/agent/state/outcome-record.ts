// Pure: what became of a task, between the run and the file.

import type { ExitReason } from '../../cgroup/exit-reason.ts';
import { RawExecError } from '../../errors.ts';
import { messageOf } from '../../message-of.ts';
import { codeOf } from '../../system-code.ts';
import type { EndCause, TaskOutcome } from '../task-outcome.ts';
import type { OutcomeRecord } from './records.ts';

export function outcomeRecord(outcome: TaskOutcome): OutcomeRecord {
  switch (outcome.kind) {
    case 'exited': {
      const { exit, durationMs, cause } = outcome;
      return {
        kind: 'exited',
        exit: { ...exit, exitedAt: exit.exitedAt.getTime() },
        durationMs,
        ...(cause !== undefined && { cause }),
      };
    }
    case 'startFailed':
      return {
        kind: 'startFailed',
        code: codeOf(outcome.error),
        message: messageOf(outcome.error),
      };
    case 'notStarted':
      return { kind: 'notStarted', cause: outcome.cause };
  }
}

export function recordedOutcome(record: OutcomeRecord): TaskOutcome {
  switch (record.kind) {
    case 'exited': {
      const { exit, durationMs, cause } = record;
      const { oomKills, ...known } = exit;
      return {
        kind: 'exited',
        exit: {
          ...known,
          // A later version may know others: they are shown as they are.
          reason: exit.reason as ExitReason,
          exitedAt: new Date(exit.exitedAt),
          ...(oomKills !== undefined && { oomKills }),
        },
        durationMs,
        ...(cause !== undefined && { cause: causeOf(cause) }),
      };
    }
    case 'startFailed':
      return { kind: 'startFailed', error: new RawExecError(record.code, record.message) };
    case 'notStarted':
      return { kind: 'notStarted', cause: causeOf(record.cause) };
  }
}

function causeOf({
  reason,
  because,
}: Extract<OutcomeRecord, { kind: 'notStarted' }>['cause']): EndCause {
  return { reason, ...(because !== undefined && { because }) };
}
