// Owner of one task of the keeper as this process knows it: its group, its record, its end.

import type { AppliedLimit } from '../cgroup/applied-limits.ts';
import type { TaskCgroup, TaskCgroupPaths } from '../cgroup/task-cgroup.ts';
import type { TaskExit, TaskPlan, TaskRecord } from './task-host.ts';

export interface KeptTaskParts {
  readonly id: string;
  readonly serial: number;
  readonly pid: number;
  readonly startedAt: Date;
  readonly plan: TaskPlan;
  readonly group: TaskCgroup;
}

export class KeptTask {
  readonly id: string;
  readonly serial: number;
  readonly plan: TaskPlan;
  readonly group: TaskCgroup;
  #record: TaskRecord;

  constructor({ id, serial, pid, startedAt, plan, group }: KeptTaskParts) {
    this.id = id;
    this.serial = serial;
    this.plan = plan;
    this.group = group;
    this.#record = Object.freeze({
      id,
      state: 'running',
      pid,
      startedAt,
      containment: kindOf(group.paths),
      notApplied: group.notApplied,
    });
  }

  get isRunning(): boolean {
    return this.#record.state === 'running';
  }

  /** With the limits as the kernel has them now. */
  get record(): TaskRecord {
    if (!this.isRunning) return this.#record;
    const limits: readonly AppliedLimit[] = this.group.applied();
    return Object.freeze({ ...this.#record, limits });
  }

  /** @returns the record, or undefined when the end was known already */
  noteExit(exit: TaskExit): TaskRecord | undefined {
    if (!this.isRunning) return undefined;
    this.#record = Object.freeze({ ...this.#record, state: 'exited', exit });
    return this.#record;
  }
}

function kindOf({ v2, v1 }: TaskCgroupPaths): 'v2' | 'hybrid' | 'v1' {
  if (v2 === undefined) return 'v1';
  return v1.length === 0 ? 'v2' : 'hybrid';
}
