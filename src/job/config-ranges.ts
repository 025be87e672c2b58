/** Where the values of a task's `config` stand. Pure. */
import type { Range } from './hcl/syntax.ts';
import type { Task } from './job-model.ts';
import { pointer } from './raw-block.ts';

/** The place of a value, or of the nearest thing around it that is written down. */
export function rangeOfConfig(task: Task, path: readonly (string | number)[]): Range | undefined {
  for (let length = path.length; length >= 0; length--) {
    const range = task.configRanges.get(pointer(path.slice(0, length)));
    if (range !== undefined) {
      return range;
    }
  }
  return undefined;
}
