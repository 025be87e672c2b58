// Pure: what tasks are called on the screen.

import type { PreparedAllocation } from '../agent/prepared-job.ts';
import type { PreparedTask } from '../agent/prepared-task.ts';

/** SGR codes that can be told apart on dark and light ground; red is left to errors. */
const colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** How a task's lines begin. */
export interface TaskLabel {
  readonly text: string;
  /** `[task]`, as wide as the widest, with a blank behind it. */
  readonly prefix: Buffer;
}

/**
 * Labels for all tasks of a run: the task's name; with the group's before it when there are several groups, and the
 * number of the allocation when its group has several.
 */
export function labelTasks(
  allocations: readonly PreparedAllocation[],
  isColoured: boolean,
): ReadonlyMap<PreparedTask, TaskLabel> {
  const groupCount = new Set(allocations.map(({ allocation }) => allocation.group)).size;
  const tasks = allocations.flatMap((item) => item.tasks);
  const texts = tasks.map((task) => labelText(task, groupCount > 1));
  const width = Math.max(0, ...texts.map((text) => [...text].length));
  return new Map(
    tasks.map((task, index) => {
      const text = texts[index] ?? '';
      const padding = ' '.repeat(width - [...text].length);
      const colour = colours[index % colours.length];
      // The reset first: whatever a task did to the terminal ends with its line.
      const name = isColoured ? `\u001b[0;${colour}m[${text}]\u001b[0m` : `[${text}]`;
      return [task, { text, prefix: Buffer.from(`${name}${padding} `) }];
    }),
  );
}

function labelText({ task, allocation }: PreparedTask, hasGroups: boolean): string {
  const { group, index } = allocation;
  const copy = group.count > 1 ? `.${index}` : '';
  if (!hasGroups) return `${task.name}${copy}`;
  return group.name === task.name && group.tasks.length === 1
    ? `${group.name}${copy}`
    : `${group.name}${copy}/${task.name}`;
}
