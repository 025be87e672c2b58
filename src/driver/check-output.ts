// Pure: whether a host can do with a task's output what the task asks for.

import { RawExecError } from '../errors.ts';
import type { DriverTask } from './task.ts';
import type { TaskHostCapabilities } from './task-host.ts';

/** @throws RawExecError ERR_NOT_SUPPORTED */
export function checkOutput(
  task: DriverTask,
  { name, canLog, canPipe }: TaskHostCapabilities,
): void {
  if (task.logs !== undefined && !canLog) {
    throw notSupported(
      task,
      `the ${name} host writes no log files`,
      'stdoutPath and stderrPath, or pipeOutput',
    );
  }
  if (task.pipeOutput === true && !canPipe) {
    throw notSupported(task, `tasks of the ${name} host outlive the reader of a pipe`, 'logs');
  }
}

function notSupported({ id }: DriverTask, why: string, instead: string): RawExecError {
  return new RawExecError(
    'ERR_NOT_SUPPORTED',
    `cannot start task ${JSON.stringify(id)}: ${why}. Use ${instead}`,
  );
}

export function notLogged(id: string): RawExecError {
  return new RawExecError(
    'ERR_NOT_SUPPORTED',
    `cannot tell of the logs of task ${JSON.stringify(id)}: it was started without logs`,
  );
}
