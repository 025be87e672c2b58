// Pure: whom a request to the agent means, and what it is told when there is nobody.

import { RawExecError } from '../../errors.ts';
import type { AllocationRecord } from '../state/records.ts';

/** That task, or all that run. Throws `ERR_TASK_UNKNOWN` and `ERR_TASK_NOT_RUNNING`. */
export function meantTasks({ id, tasks }: AllocationRecord, task: string | undefined): string[] {
  const names = Object.keys(tasks);
  if (task !== undefined) {
    if (names.includes(task)) return [task];
    const what = `allocation ${id} has no task ${JSON.stringify(task)}, but ${names.join(', ')}`;
    throw new RawExecError('ERR_TASK_UNKNOWN', what);
  }
  const running = names.filter((name) => tasks[name]?.state === 'running');
  if (running.length > 0) return running;
  throw new RawExecError('ERR_TASK_NOT_RUNNING', `no task of allocation ${id} is running`);
}

export function unknownAllocation(id: string): RawExecError {
  const advice = 'List them by `raw-exec status JOB`';
  return new RawExecError('ERR_ALLOCATION_UNKNOWN', `there is no allocation ${id}. ${advice}`);
}

export function unknownJob(id: string): RawExecError {
  return new RawExecError(
    'ERR_JOB_UNKNOWN',
    `there is no job ${JSON.stringify(id)}. List them by \`raw-exec status\``,
  );
}
