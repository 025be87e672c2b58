// Pure: the `stop` blocks of a task's config: the ladder that it is ended by, in place of the job's kill_signal and kill_timeout.

import * as v from 'valibot';
import type { ConfigIssue } from './config-issue.ts';
import { duration, signal } from './config-values.ts';
import { describeValue } from './describe-value.ts';
import { readConfig } from './read-config.ts';
import type { StopTaskStep } from './task-host.ts';

/** A keeper takes no more (kMaxSteps of its wire format). */
const mostSteps = 16;

const targets = ['main', 'group', 'cgroup'] as const;

const entries = {
  signal: signal('Which signal is sent.'),
  to: v.optional(
    v.pipe(
      v.picklist(
        targets,
        (issue) => `must be "main", "group" or "cgroup", got ${describeValue(issue.input)}`,
      ),
      v.description('The main process, its process group, or all of the task. Default: main.'),
    ),
  ),
  grace: v.optional(duration('How long those may take to end. Default: 5s.')),
};

const stepSchema = v.objectWithRest(entries, v.never());

/** The source of the JSON Schema. */
export const stopSchema: v.GenericSchema = v.pipe(
  v.array(stepSchema),
  v.maxLength(mostSteps),
  v.description('Steps that are tried in turn before everything of the task is killed.'),
);

/** Paths of issues begin inside of the list. */
export function readStopBlocks(value: unknown): {
  readonly steps: readonly StopTaskStep[];
  readonly issues: readonly ConfigIssue[];
} {
  if (!Array.isArray(value)) {
    const message = `must be blocks with signal, got ${describeValue(value)}`;
    return { steps: [], issues: [{ path: [], message }] };
  }
  if (value.length > mostSteps) {
    const message = `must be at most ${mostSteps} blocks, got ${value.length}`;
    return { steps: [], issues: [{ path: [], message }] };
  }
  const issues: ConfigIssue[] = [];
  const steps: StopTaskStep[] = [];
  for (const [index, block] of value.entries()) {
    const read = readConfig(block, stepSchema, Object.keys(entries));
    issues.push(...read.issues.map((issue) => ({ ...issue, path: [index, ...issue.path] })));
    if (read.output === undefined) continue;
    const { signal: name, to = 'main', grace } = read.output;
    steps.push({ signal: name, to, ...(grace !== undefined && { graceMs: grace }) });
  }
  return { steps, issues };
}
