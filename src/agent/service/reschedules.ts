// Owner of the waits for replacements: one timer for each allocation that has failed and gets a successor.

import { longestWaitMs } from '../../duration.ts';
import type { Reschedule } from '../../job/job-model.ts';
import { messageOf } from '../../message-of.ts';
import type { AgentLog } from '../agent-log.ts';
import type { AllocationRecord } from '../state/records.ts';
import { decideReschedule } from './reschedule-policy.ts';

export interface ReschedulesOptions {
  /** Writes that a record has changed. */
  readonly note: (record: AllocationRecord) => void;
  /** Its time has come. */
  readonly replace: (record: AllocationRecord) => Promise<void>;
  readonly log: AgentLog;
}

export class Reschedules {
  readonly #options: ReschedulesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: ReschedulesOptions) {
    this.#options = options;
  }

  /** Decides about one that has failed just now. */
  decide(record: AllocationRecord, policy: Reschedule): void {
    const { note, log } = this.#options;
    const decision = decideReschedule(policy, record.rescheduledAt, Date.now());
    const what = `allocation ${record.id} (${record.name}) has failed`;
    const ids = { job: record.jobId, allocation: record.id };
    if (decision.kind === 'giveUp') {
      log.warn(`${what} and is not replaced: ${decision.reason}`, ids);
      return;
    }
    log.warn(`${what} and is replaced ${decision.reason}`, ids);
    record.rescheduleAt = decision.atMs;
    note(record);
    this.#wait(record, decision.atMs);
  }

  /** Waits for what an earlier agent has decided. */
  resume(record: AllocationRecord): void {
    const { rescheduleAt, nextId } = record;
    if (rescheduleAt !== undefined && nextId === undefined) this.#wait(record, rescheduleAt);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #wait(record: AllocationRecord, atMs: number): void {
    const delayMs = Math.min(Math.max(1, atMs - Date.now()), longestWaitMs);
    const timer = setTimeout(() => {
      this.#timers.delete(record.id);
      // One timer does not take the longest delays.
      if (Date.now() < atMs) {
        this.#wait(record, atMs);
        return;
      }
      this.#options.replace(record).catch((error: unknown) => {
        const ids = { job: record.jobId, allocation: record.id };
        this.#options.log.error(`cannot replace allocation ${record.id}: ${messageOf(error)}`, ids);
      });
    }, delayMs);
    this.#timers.set(record.id, timer);
  }
}
