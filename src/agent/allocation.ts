// Pure: an allocation, one copy of a task group on this host, before anything of it exists.

import type { Job, TaskGroup } from '../job/job-model.ts';
import type { AllocationPaths } from './allocation-paths.ts';
import type { AssignedPort } from './port-assignment.ts';

/** One copy of a group: what its tasks share. */
export interface Allocation {
  /** A UUID. */
  readonly id: string;
  /** `job.group[index]`, as Nomad names it. */
  readonly name: string;
  /** 0 up to the group's count. */
  readonly index: number;
  readonly job: Job;
  readonly group: TaskGroup;
  readonly paths: AllocationPaths;
  /** Ports of the group's networks; those of a task's own are with the task. */
  readonly ports: readonly AssignedPort[];
}
