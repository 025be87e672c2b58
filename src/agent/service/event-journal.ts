// Owner of what has changed in the agent's state, in order: the newest changes, for those who follow them.

import { EventEmitter } from 'node:events';
import type { AllocationRecord, EvaluationRecord, JobRecord } from '../state/records.ts';

/** A change, with the record that it is of: as it is now, which may be later than the change. */
export type Change =
  | { readonly topic: 'Job'; readonly type: JobChange; readonly record: JobRecord }
  | {
      readonly topic: 'Evaluation';
      readonly type: 'EvaluationUpdated';
      readonly record: EvaluationRecord;
    }
  | {
      readonly topic: 'Allocation';
      readonly type: AllocationChange;
      readonly record: AllocationRecord;
    };

type JobChange = 'JobRegistered' | 'JobDeregistered';
type AllocationChange = 'AllocationCreated' | 'AllocationUpdated';

export type JournalEntry = Change & {
  /** Of the state after the change. Several changes may have the same one. */
  readonly index: number;
  /** One more than that of the change before. */
  readonly number: number;
};

/** For those who were away; who follows is never as far behind as that, or has to begin anew. */
const mostEntries = 4096;

export class EventJournal {
  readonly events = new EventEmitter<{ added: [] }>();
  #entries: JournalEntry[] = [];
  #next = 1;

  constructor() {
    // Any number of followers.
    this.events.setMaxListeners(0);
  }

  /** Number of the next change. */
  get next(): number {
    return this.#next;
  }

  add(index: number, change: Change): void {
    this.#entries.push({ ...change, index, number: this.#next });
    this.#next += 1;
    // Seldom, so that it costs little for each.
    if (this.#entries.length >= 2 * mostEntries) this.#entries = this.#entries.slice(-mostEntries);
    this.events.emit('added');
  }

  /** Number of the first change that is kept and has this index or a later one. */
  firstSince(index: number): number {
    return this.#entries.find((one) => one.index >= index)?.number ?? this.#next;
  }

  /** The changes from this number on. @returns undefined when they are not all kept any more */
  from(number: number): readonly JournalEntry[] | undefined {
    const first = this.#entries[0]?.number ?? this.#next;
    return number < first ? undefined : this.#entries.slice(number - first);
  }
}
