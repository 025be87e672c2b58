// Pure: the `config` block of a task, from whatever it was read from to what the driver works with.

import * as v from 'valibot';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { ConfigIssue, ConfigResult } from './config-issue.ts';
import {
  absolutePath,
  integer,
  list,
  nonEmptyText,
  text,
  variablePattern,
} from './config-values.ts';
import { readConfig } from './read-config.ts';
import type { StopTaskStep } from './task-host.ts';
import { limitsSchema, readLimitsBlock } from './task-limits-config.ts';
import { readStopBlocks, stopSchema } from './task-stop-config.ts';

/** What a task's `config` block says. */
export interface RawExecTaskConfig {
  /** The program: see `lookUpCommand` for where it is looked for. */
  readonly command: string;
  /** @default [] */
  readonly args: readonly string[];
  /** Absolute; absent means the task's directory. */
  readonly workDir?: string;
  /** 0 to 1000; absent means 0, whatever the supervisor itself has. */
  readonly oomScoreAdj?: number;
  /** An existing cgroup v2 group to run in, instead of the one that the task would get. */
  readonly cgroupV2Override?: string;
  /** Existing cgroup v1 groups to run in, by controller. */
  readonly cgroupV1Override?: Readonly<Record<string, string>>;
  /** `*` patterns of variable names that the task does not get. @default [] */
  readonly deniedEnvvars: readonly string[];
  /** Beyond those that the job's resources imply. */
  readonly limits?: TaskLimits;
  /** In place of the job's kill_signal and kill_timeout. */
  readonly stop?: readonly StopTaskStep[];
}

const entries = {
  command: nonEmptyText(
    'The program: relative to the task’s local directory or the task directory, a path, or a name found in PATH.',
  ),
  args: v.optional(
    v.pipe(
      list(text(), 'text'),
      v.description('Its arguments, passed as they are: no shell reads them.'),
    ),
  ),
  work_dir: v.optional(
    v.pipe(
      absolutePath(),
      v.description('Where it starts: an absolute path. Default: the task’s directory.'),
    ),
  ),
  oom_score_adj: v.optional(
    integer(0, 1000, 'How willingly the kernel ends it when memory is short. Default: 0.'),
  ),
  cgroup_v1_override: v.optional(
    v.pipe(
      list(
        v.record(
          v.pipe(
            v.string(),
            v.check((name) => /^[^/\0]+$/.test(name), 'is not the name of a controller'),
          ),
          nonEmptyText(),
          'must be a block of controller = "path"',
        ),
        'blocks of controller = "path"',
      ),
      v.description('Existing cgroup v1 groups to run in, by controller.'),
    ),
  ),
  cgroup_v2_override: v.optional(
    text('An existing cgroup v2 group to run in; relative to the mount of cgroup2.'),
  ),
  denied_envvars: v.optional(
    v.pipe(
      list(variablePattern(), 'text'),
      v.description('Names of variables that the task does not get; * stands for any text.'),
    ),
  ),
};

/** What is in blocks is read block by block, so that each tells all that is wrong with it. */
const blocks = { limits: v.optional(v.unknown()), stop: v.optional(v.unknown()) };
const keys = [...Object.keys(entries), ...Object.keys(blocks)];
const ownSchema = v.objectWithRest({ ...entries, ...blocks }, v.never());

const schema = v.pipe(
  v.objectWithRest(
    { ...entries, limits: v.optional(limitsSchema), stop: v.optional(stopSchema) },
    v.never(),
  ),
  v.title('raw_exec task configuration'),
  v.metadata({
    not: {
      required: ['cgroup_v1_override', 'cgroup_v2_override'],
      properties: { cgroup_v1_override: { minItems: 1 }, cgroup_v2_override: { minLength: 1 } },
    },
  }),
);

/** The source of the JSON Schema. */
export function taskConfigSchema(): v.GenericSchema {
  return schema;
}

/**
 * Reads a task's `config` block, written with the names of a job file.
 *
 * Never throws for what the value holds: every problem is in `issues`, with its path.
 */
export function parseTaskConfig(value: unknown): ConfigResult<RawExecTaskConfig> {
  const { output, issues, given } = readConfig(value, ownSchema, keys);
  const { limits, issues: limitIssues } = readLimits(given['limits']);
  const { steps, issues: stepIssues } = readStop(given['stop']);
  const all = [...issues, ...checkOverrides(given), ...limitIssues, ...stepIssues];
  if (output === undefined || all.length > 0) {
    return { ok: false, issues: all };
  }
  const v1 = (output.cgroup_v1_override ?? []).flatMap((block) => Object.entries(block));
  return {
    ok: true,
    warnings: [],
    config: {
      command: output.command,
      args: output.args ?? [],
      deniedEnvvars: output.denied_envvars ?? [],
      ...(isGiven(output.work_dir) && { workDir: output.work_dir }),
      ...(output.oom_score_adj !== undefined && { oomScoreAdj: output.oom_score_adj }),
      ...(isGiven(output.cgroup_v2_override) && { cgroupV2Override: output.cgroup_v2_override }),
      ...(v1.length > 0 && { cgroupV1Override: Object.fromEntries(v1) }),
      ...(limits !== undefined && { limits }),
      ...(steps.length > 0 && { stop: steps }),
    },
  };
}

/** A block of a job file is a list of one. */
function readLimits(given: unknown): {
  readonly limits?: TaskLimits;
  readonly issues: readonly ConfigIssue[];
} {
  if (given === undefined) return { issues: [] };
  const path = ['limits', ...(Array.isArray(given) ? [0] : [])];
  const [block, second] = Array.isArray(given) ? (given as readonly unknown[]) : [given];
  if (second !== undefined) {
    return { issues: [{ path: ['limits', 1], message: 'stands twice: put both into one block' }] };
  }
  const { limits, issues } = readLimitsBlock(block);
  const found = issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
  return Object.keys(limits).length === 0 ? { issues: found } : { limits, issues: found };
}

function readStop(given: unknown): ReturnType<typeof readStopBlocks> {
  if (given === undefined) return { steps: [], issues: [] };
  const { steps, issues } = readStopBlocks(given);
  return { steps, issues: issues.map((issue) => ({ ...issue, path: ['stop', ...issue.path] })) };
}

/** Outside the schema, so that it is told even when something else is wrong, too. */
function checkOverrides(given: Readonly<Record<string, unknown>>): readonly ConfigIssue[] {
  const v1 = given['cgroup_v1_override'];
  const v2 = given['cgroup_v2_override'];
  const issues: ConfigIssue[] = [];
  if (Array.isArray(v1)) {
    issues.push(...findRepeatedControllers(v1));
  }
  if (Array.isArray(v1) && v1.length > 0 && typeof v2 === 'string' && isGiven(v2)) {
    const message = 'cannot be given together with cgroup_v1_override: remove one of them';
    issues.push({ path: ['cgroup_v2_override'], message });
  }
  return issues;
}

function findRepeatedControllers(blocks: readonly unknown[]): readonly ConfigIssue[] {
  const seen = new Set<string>();
  return blocks.flatMap((block, index) =>
    (typeof block === 'object' && block !== null ? Object.keys(block) : []).flatMap(
      (controller) => {
        const isRepeated = seen.has(controller);
        seen.add(controller);
        const path = ['cgroup_v1_override', index, controller];
        return isRepeated
          ? [{ path, message: 'is given twice: a task is in one group of each' }]
          : [];
      },
    ),
  );
}

/** An empty value counts as absent: that is how job files read from an API spell the default. */
function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
