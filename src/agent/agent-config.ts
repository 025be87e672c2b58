// Pure: an agent's configuration file, HCL in either syntax, to a checked configuration or every problem with its place.

import * as v from 'valibot';
import { formatConfigIssue } from '../driver/config-issue.ts';
import { list, variablePattern } from '../driver/config-values.ts';
import { parsePluginConfig } from '../driver/plugin-config.ts';
import { readConfig } from '../driver/read-config.ts';
import { hclFunctions } from '../job/hcl/functions.ts';
import type { Body, Diagnostic, Range } from '../job/hcl/syntax.ts';
import { parseBody } from '../job/hcl-body.ts';
import { evaluateLocated } from '../job/hcl-value.ts';
import type { JobValue } from '../job/job-model.ts';
import { Problems } from '../job/problems.ts';
import type { HclContext } from '../job/read-hcl-block.ts';
import { readOpenBlock } from '../job/read-open-block.ts';
import { defaultLogSettings, type LogSettings, logLevels } from './agent-log.ts';
import { defaultGcSettings, gcEntries, gcSettings } from './gc-config.ts';
import { nothingReserved, type Reserved, readReserved } from './reserved-config.ts';
import type { GcSettings } from './service/garbage-plan.ts';

export interface AgentConfig {
  /** Absolute. */
  readonly stateDirectory?: string;
  /** Absolute. */
  readonly socket?: string;
  /** Of the socket: who may write it may start anything as the agent's user. @default 0o600 */
  readonly socketMode: number;
  /** The group below which groups of tasks are made. */
  readonly cgroupParent?: string;
  /** Whether SIGTERM ends the tasks, too. @default false */
  readonly isStoppingTasks: boolean;
  /** `*` patterns of variables of the agent that tasks do not get, beside the credentials that none gets. @default [] */
  readonly envDenylist: readonly string[];
  readonly reserved: Reserved;
  readonly log: LogSettings;
  /** When what has ended is collected. */
  readonly gc: GcSettings;
  /** The `config` block of `plugin "raw_exec"`, checked. @default {} */
  readonly driver: JobValue;
}

export interface ReadAgentConfig {
  /** Absent when a diagnostic is an error. */
  readonly config?: AgentConfig;
  readonly diagnostics: readonly Diagnostic[];
}

const absolutePath = v.pipe(
  v.string('must be text, an absolute path'),
  v.startsWith('/', 'must be an absolute path'),
);
const octal = v.pipe(
  v.string('must be text, a mode such as "0660"'),
  v.regex(/^0?[0-7]{3}$/, 'must be a mode such as "0660"'),
);
const group = v.pipe(
  v.string('must be text, the path of a group'),
  v.nonEmpty('must not be empty'),
);

const entries = {
  state_dir: v.optional(absolutePath),
  socket: v.optional(absolutePath),
  socket_mode: v.optional(octal),
  cgroup_parent: v.optional(group),
  stop_tasks_on_exit: v.optional(v.boolean('must be true or false')),
  env_denylist: v.optional(list(variablePattern(), 'text')),
  log_level: v.optional(v.picklist(logLevels, 'must be "debug", "info", "warn" or "error"')),
  log_json: v.optional(v.boolean('must be true or false')),
  ...gcEntries,
};
const schema = v.objectWithRest(entries, v.never());
const driverName = 'raw_exec';
const blockNames = ['plugin', 'reserved'];

/** What an agent without a file has: the driver is off. */
export const defaultAgentConfig: AgentConfig = {
  socketMode: 0o600,
  isStoppingTasks: false,
  envDenylist: [],
  reserved: nothingReserved,
  log: defaultLogSettings,
  gc: defaultGcSettings,
  driver: {},
};

export function readAgentConfig(source: string, filename: string): ReadAgentConfig {
  const problems = new Problems();
  const isJson = source.trimStart().startsWith('{');
  const { body, diagnostics } = parseBody(source, filename, isJson);
  problems.take(diagnostics);
  if (problems.hasErrors) return { diagnostics: problems.inOrder() };
  const driver = readDriver(body, problems);
  const reserved = readReserved(body, contextOf(problems));
  const { values, ranges } = readSettings(body, problems);
  const { output, issues } = readConfig(values, schema, [...Object.keys(entries), ...blockNames]);
  for (const { path, message } of issues) {
    problems.error(formatConfigIssue({ path, message }), ranges.get(String(path[0])));
  }
  const found = problems.inOrder();
  const isGood = found.every(({ severity }) => severity !== 'error');
  if (output === undefined || !isGood) return { diagnostics: found };
  return {
    diagnostics: found,
    config: {
      ...(output.state_dir !== undefined && { stateDirectory: output.state_dir }),
      ...(output.socket !== undefined && { socket: output.socket }),
      ...(output.cgroup_parent !== undefined && { cgroupParent: output.cgroup_parent }),
      socketMode: Number.parseInt(output.socket_mode ?? '0600', 8),
      isStoppingTasks: output.stop_tasks_on_exit ?? false,
      envDenylist: output.env_denylist ?? [],
      reserved,
      log: {
        level: output.log_level ?? defaultLogSettings.level,
        isJson: output.log_json ?? defaultLogSettings.isJson,
      },
      gc: gcSettings(output),
      driver,
    },
  };
}

function readSettings(
  body: Body,
  problems: Problems,
): { values: Record<string, JobValue>; ranges: ReadonlyMap<string, Range> } {
  const context = contextOf(problems);
  const values: Record<string, JobValue> = {};
  const ranges = new Map<string, Range>();
  for (const { name, expression, range } of body.attributes) {
    const located = evaluateLocated(expression, context.scope, problems);
    if (located !== undefined) values[name] = located.value;
    ranges.set(name, range);
  }
  for (const { type, typeRange } of body.blocks) {
    if (blockNames.includes(type)) continue;
    problems.error(
      `unknown block ${JSON.stringify(type)}`,
      typeRange,
      `Allowed here: plugin ${JSON.stringify(driverName)}, reserved, and ${Object.keys(entries).join(', ')}`,
    );
  }
  return { values, ranges };
}

/** The `config` of `plugin "raw_exec"`; those of other drivers are nobody's here. */
function readDriver(body: Body, problems: Problems): JobValue {
  const context = contextOf(problems);
  let driver: JobValue = {};
  for (const block of body.blocks.filter(({ type }) => type === 'plugin')) {
    const [label] = block.labels;
    if (label?.value !== driverName) {
      problems.error('a plugin block needs the label "raw_exec"', block.typeRange);
      continue;
    }
    for (const { name, range } of block.body.attributes) {
      problems.error(`unknown key ${JSON.stringify(name)}`, range, 'Allowed here: a config block');
    }
    for (const inner of block.body.blocks) {
      if (inner.type !== 'config') {
        problems.error(`unknown block ${JSON.stringify(inner.type)}`, inner.typeRange);
        continue;
      }
      driver = readOpenBlock(inner, context).value;
      const result = parsePluginConfig(driver);
      for (const { path, message } of result.ok ? [] : result.issues) {
        problems.error(formatConfigIssue({ path, message }), inner.typeRange);
      }
    }
  }
  return driver;
}

function contextOf(problems: Problems): HclContext {
  const scope = { variables: new Map(), functions: hclFunctions, undefinedRoot: 'error' } as const;
  return { problems, scope };
}
