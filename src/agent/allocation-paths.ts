// Pure: where things lie in an allocation directory. The layout is Nomad's, so that programs find what they know.

import { join } from 'node:path';

/** The directories of one allocation. */
export interface AllocationPaths {
  readonly root: string;
  /** `alloc/`: shared by all tasks of the allocation. */
  readonly shared: string;
  readonly logs: string;
  readonly sharedTmp: string;
  readonly data: string;
}

/** The directories of one task. */
export interface TaskPaths {
  /** Where the task starts unless it says otherwise. */
  readonly root: string;
  readonly local: string;
  readonly secrets: string;
  readonly tmp: string;
  readonly private: string;
  readonly stdoutLog: string;
  readonly stderrLog: string;
}

/** @param base the directory that holds allocations; absolute. */
export function allocationPaths(base: string, allocationId: string): AllocationPaths {
  const root = join(base, allocationId);
  const shared = join(root, 'alloc');
  return {
    root,
    shared,
    logs: join(shared, 'logs'),
    sharedTmp: join(shared, 'tmp'),
    data: join(shared, 'data'),
  };
}

export function taskPaths(allocation: AllocationPaths, task: string): TaskPaths {
  const root = join(allocation.root, task);
  return {
    root,
    local: join(root, 'local'),
    secrets: join(root, 'secrets'),
    tmp: join(root, 'tmp'),
    private: join(root, 'private'),
    stdoutLog: join(allocation.logs, `${task}.stdout.0`),
    stderrLog: join(allocation.logs, `${task}.stderr.0`),
  };
}
