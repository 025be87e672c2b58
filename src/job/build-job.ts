/** From the blocks of a job file to the job, with Nomad's defaults and Nomad's rules. Pure. */
import { buildConstraints } from './build-constraint.ts';
import { buildGroup } from './build-group.ts';
import { jobDefaults } from './job-defaults.ts';
import type { Job, JobType, TaskGroup } from './job-model.ts';
import { notHonoured } from './not-honoured.ts';
import type { Problems } from './problems.ts';
import { children, number, type RawBlock, rangeOf, text, textMap, texts } from './raw-block.ts';

const jobTypes: readonly JobType[] = ['service', 'batch', 'sysbatch', 'system'];

/** Builds the job. What is wrong with it goes to `problems`; the job is then only good for looking on. */
export function buildJob(block: RawBlock, problems: Problems): Job {
  const id = text(block, 'id') ?? '';
  checkId(id, block, problems);
  const type = jobType(block, problems);
  checkPriority(block, problems);
  return {
    id,
    name: text(block, 'name') ?? id,
    type,
    namespace: text(block, 'namespace') ?? jobDefaults.namespace,
    region: text(block, 'region') ?? jobDefaults.region,
    priority: number(block, 'priority') || jobDefaults.priority,
    datacenters: nonEmpty(texts(block, 'datacenters')) ?? jobDefaults.datacenters,
    meta: textMap(block, 'meta'),
    constraints: buildConstraints(block, problems),
    groups: buildGroups(block, type, problems),
    notHonoured: notHonoured(block),
  };
}

function jobType(block: RawBlock, problems: Problems): JobType {
  const written = text(block, 'type') || jobDefaults.type;
  const type = jobTypes.find((candidate) => candidate === written);
  if (type === undefined) {
    problems.error(
      `job type must be one of ${jobTypes.join(', ')}, and is ${JSON.stringify(written)}`,
      rangeOf(block, 'type'),
    );
  }
  return type ?? jobDefaults.type;
}

/** As far as a cluster's `job_max_priority` can be set; its default is 100. */
const highestPriority = 32_766;

function checkPriority(block: RawBlock, problems: Problems): void {
  const priority = number(block, 'priority') ?? 0;
  if (priority >= 0 && priority <= highestPriority) return;
  problems.error(
    `"priority" must be from 1 to ${highestPriority}, and is ${priority}`,
    rangeOf(block, 'priority'),
  );
}

function checkId(id: string, block: RawBlock, problems: Problems): void {
  if (id === '') {
    problems.error('the job needs a name', block.range);
  } else if (/[\s\0]/.test(id)) {
    problems.error(
      `the id of a job must have no blanks, and is ${JSON.stringify(id)}`,
      rangeOf(block, 'id'),
    );
  }
}

function buildGroups(block: RawBlock, type: JobType, problems: Problems): TaskGroup[] {
  const groups: TaskGroup[] = [];
  const seen = new Set<string>();
  for (const child of children(block, 'group')) {
    const group = buildGroup(child, block, type, problems);
    if (seen.has(group.name)) {
      problems.error(
        `two groups are named ${JSON.stringify(group.name)}: each needs a name of its own`,
        rangeOf(child, 'name'),
      );
    }
    seen.add(group.name);
    groups.push(group);
  }
  if (groups.length === 0) {
    problems.error('the job has no group, so there is nothing to run', block.range);
  }
  return groups;
}

function nonEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
