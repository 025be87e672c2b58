// Owner of the records of jobs.

import type { EvaluationRecord, JobRecord } from '../state/records.ts';
import { unknownJob } from './meant-tasks.ts';

export class Jobs {
  readonly #records = new Map<string, JobRecord>();

  /** By their ids. */
  list(): JobRecord[] {
    return [...this.#records.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): JobRecord | undefined {
    return this.#records.get(id);
  }

  /** Throws `ERR_JOB_UNKNOWN`. */
  known(id: string): JobRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw unknownJob(id);
    return record;
  }

  add(record: JobRecord): void {
    this.#records.set(record.id, record);
  }

  remove({ id }: JobRecord): void {
    this.#records.delete(id);
  }

  evaluation(id: string): EvaluationRecord | undefined {
    for (const { evaluations } of this.#records.values()) {
      const found = evaluations.find((one) => one.id === id);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
