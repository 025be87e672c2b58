// Pure: from a task of a job file to everything that its start needs, with every problem that can be known before it.

import { formatConfigIssue } from '../driver/config-issue.ts';
import { parseTaskConfig } from '../driver/task-config.ts';
import { layerEnvironment } from '../driver/task-environment.ts';
import { isKillSignal } from '../job/check-task.ts';
import { rangeOfConfig } from '../job/config-ranges.ts';
import { evaluateTaskConfig } from '../job/evaluate-task-config.ts';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import { interpolate, interpolateValues } from '../job/interpolate.ts';
import type { Task } from '../job/job-model.ts';
import type { Allocation } from './allocation.ts';
import { type TaskPaths, taskPaths } from './allocation-paths.ts';
import type { NodeFacts } from './host-node.ts';
import { builtInVariables, metaVariables, type Place } from './nomad-environment.ts';
import type { AssignedPort } from './port-assignment.ts';
import type { TaskRole } from './task-order.ts';

/** A task that can be started. */
export interface PreparedTask {
  readonly task: Task;
  readonly allocation: Allocation;
  readonly paths: TaskPaths;
  readonly role: TaskRole;
  readonly env: Readonly<Record<string, string>>;
  /** The `config` block after its second evaluation. */
  readonly driverConfig: unknown;
  readonly user?: string;
  readonly killSignal?: string;
}

/** What the environment of tasks on this host is made of. */
export interface HostContext {
  readonly node: NodeFacts;
  readonly place: Place;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Preparation {
  readonly prepared: PreparedTask;
  readonly diagnostics: readonly Diagnostic[];
}

/** @param ports those that belong to the task alone */
export function prepareTask(
  allocation: Allocation,
  task: Task,
  host: HostContext,
  ports: readonly AssignedPort[],
): Preparation {
  const builtIn = builtInVariables(allocation, task, host.place, ports);
  const facts = { ...host.node, ...metaFacts(allocation, task) };
  const meta = interpolateValues(metaVariables(allocation, task), builtIn, facts);
  const known = { ...builtIn, ...meta };
  const own = Object.fromEntries(
    Object.entries(task.env).map(([name, text]) => [
      interpolate(name, known, facts),
      interpolate(text, known, facts),
    ]),
  );
  const env = layerEnvironment({ builtIn, meta, host: host.env, task: own });
  const evaluated = evaluateTaskConfig(task, env, facts);
  const diagnostics = [...evaluated.diagnostics];
  if (diagnostics.every(({ severity }) => severity !== 'error')) {
    diagnostics.push(...checkConfig(task, evaluated.config));
  }
  const user = interpolate(task.user ?? '', env, facts);
  const killSignal = interpolate(task.killSignal ?? '', env, facts);
  diagnostics.push(...checkKillSignal(task, killSignal));
  const prepared: PreparedTask = {
    task,
    allocation,
    paths: taskPaths(allocation.paths, task.name),
    role: roleOf(task),
    env,
    driverConfig: evaluated.config,
    ...(user !== '' && { user }),
    ...(killSignal !== '' && { killSignal }),
  };
  return { prepared, diagnostics };
}

/** `${meta.key}`: the task's over the group's over the job's. */
function metaFacts(allocation: Allocation, task: Task): Record<string, string> {
  const meta = { ...allocation.job.meta, ...allocation.group.meta, ...task.meta };
  return Object.fromEntries(Object.entries(meta).map(([key, value]) => [`meta.${key}`, value]));
}

function checkConfig(task: Task, config: unknown): Diagnostic[] {
  const result = parseTaskConfig(config);
  if (result.ok) return [];
  return result.issues.map(({ path, message }) => {
    const range = rangeOfConfig(task, path);
    const issue = formatConfigIssue({ path, message });
    const summary = `config of task ${JSON.stringify(task.name)}: ${issue}`;
    return { severity: 'error', summary, ...(range !== undefined && { range }) };
  });
}

/** What was left open in the file: a signal that nobody can send would be noticed only when the task has to end. */
function checkKillSignal(task: Task, signal: string): Diagnostic[] {
  if (signal === '' || isKillSignal(signal)) return [];
  const name = JSON.stringify(task.name);
  const what = `"kill_signal" of task ${name} must be the name of a signal such as "SIGTERM"`;
  return [{ severity: 'error', summary: `${what}, and becomes ${JSON.stringify(signal)}` }];
}

function roleOf({ lifecycle }: Task): TaskRole {
  if (lifecycle === undefined) return 'main';
  if (lifecycle.hook === 'poststop') return 'poststop';
  return lifecycle.isSidecar ? `${lifecycle.hook}Sidecar` : lifecycle.hook;
}
