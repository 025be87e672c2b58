// Owner of one task of the keeper as this process knows it: its group, its record, its end.

import type { AppliedLimit, NotAppliedLimit } from '../cgroup/applied-limits.ts';
import type { TaskCgroup, TaskCgroupPaths } from '../cgroup/task-cgroup.ts';
import type { TaskExit, TaskPlan, TaskRecord } from './task-host.ts';

export interface KeptTaskParts {
  readonly id: string;
  readonly serial: number;
  readonly pid: number;
  readonly startedAt: Date;
  readonly plan: TaskPlan;
  /** Its own; absent for a task that a reaper holds. */
  readonly group: TaskCgroup | undefined;
  /** Of that reaper. */
  readonly reaperPid: number;
  readonly notApplied: readonly NotAppliedLimit[];
}

export class KeptTask {
  readonly id: string;
  readonly serial: number;
  readonly plan: TaskPlan;
  readonly group: TaskCgroup | undefined;
  readonly reaperPid: number;
  #record: TaskRecord;

  constructor(parts: KeptTaskParts) {
    const { id, serial, pid, startedAt, plan, group, reaperPid, notApplied } = parts;
    this.id = id;
    this.serial = serial;
    this.plan = plan;
    this.group = group;
    this.reaperPid = reaperPid;
    this.#record = Object.freeze({
      id,
      state: 'running',
      pid,
      startedAt,
      containment: group === undefined ? 'tree' : kindOf(group.paths),
      notApplied,
    });
  }

  get isRunning(): boolean {
    return this.#record.state === 'running';
  }

  /** With the limits as the kernel has them now. */
  get record(): TaskRecord {
    if (!this.isRunning || this.group === undefined) return this.#record;
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
