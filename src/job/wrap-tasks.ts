/** A task directly under `job` makes a group of its own, of the same name. Pure. */
import { group } from './fields/group-fields.ts';
import type { RawBlock, RawValue } from './raw-block.ts';

/** The job with every task in a group. */
export function wrapTasks(job: RawBlock): RawBlock {
  const tasks = job.blocks.get('task') ?? [];
  if (tasks.length === 0) {
    return job;
  }
  const blocks = new Map(job.blocks);
  blocks.delete('task');
  blocks.set('group', [...(job.blocks.get('group') ?? []), ...tasks.map(groupOf)]);
  return { ...job, blocks };
}

function groupOf(task: RawBlock): RawBlock {
  const name = task.values.get('name');
  return {
    schema: group.schema,
    range: task.range,
    values: new Map<string, RawValue>(name === undefined ? [] : [['name', name]]),
    blocks: new Map([['task', [task]]]),
    content: {},
    contentRanges: new Map(),
  };
}
