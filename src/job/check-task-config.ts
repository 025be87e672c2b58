/** What can be said of a task's `config` before it starts: all that does not hang on a value yet to be filled in. Pure. */
import { formatConfigIssue } from '../driver/config-issue.ts';
import { parseTaskConfig } from '../driver/task-config.ts';
import { rangeOfConfig } from './config-ranges.ts';
import { convertConfig } from './convert-config.ts';
import { isList, isObject } from './convert-value.ts';
import { mayBeTemplate } from './evaluate-task-config.ts';
import type { Job, JobValue, Task } from './job-model.ts';
import type { Problems } from './problems.ts';

/** Checks the config of every task by the rules of the driver. */
export function checkTaskConfigs(job: Job, problems: Problems): void {
  for (const task of job.groups.flatMap((group) => group.tasks)) {
    if (task.driver === 'raw_exec') {
      checkTaskConfig(task, problems);
    }
  }
}

function checkTaskConfig(task: Task, problems: Problems): void {
  const result = parseTaskConfig(convertConfig(task.config));
  if (result.ok) {
    return;
  }
  for (const issue of result.issues) {
    if (!hasTemplate(valueAt(task.config, issue.path))) {
      problems.error(
        `config of task ${JSON.stringify(task.name)}: ${formatConfigIssue(issue)}`,
        rangeOfConfig(task, issue.path),
      );
    }
  }
}

function valueAt(value: JobValue, path: readonly (string | number)[]): JobValue {
  let current: JobValue = value;
  for (const step of path) {
    if (isList(current) && typeof step === 'number') {
      current = current[step] ?? null;
    } else if (isObject(current) && Object.hasOwn(current, step)) {
      current = current[step] ?? null;
    } else {
      return null;
    }
  }
  return current;
}

function hasTemplate(value: JobValue): boolean {
  if (typeof value === 'string') {
    return mayBeTemplate(value);
  }
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return (isList(value) ? value : Object.values(value)).some(hasTemplate);
}
