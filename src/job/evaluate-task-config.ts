/** The second evaluation of a task's `config`, when the task starts and its variables are known. Pure. */
import { formatConfigIssue } from '../driver/config-issue.ts';
import { rangeOfConfig } from './config-ranges.ts';
import { convertConfig } from './convert-config.ts';
import { isList, isObject } from './convert-value.ts';
import type { Scope } from './hcl/evaluate.ts';
import type { Diagnostic } from './hcl/syntax.ts';
import { evaluateTemplate } from './hcl-value.ts';
import type { VariablesByName } from './interpolate.ts';
import type { JobObject, JobValue, Task } from './job-model.ts';
import { Problems } from './problems.ts';
import { runtimeScope } from './runtime-scope.ts';

/** What {@link evaluateTaskConfig} gives. */
export interface EvaluatedConfig {
  /** For `parseTaskConfig` of the driver; absent when a diagnostic is an error. */
  readonly config?: JobObject;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Evaluates `config` for the start of a task: each text in it is an HCL template, in which the task's variables, facts of
 * the host and a few functions may stand. Unlike in `env`, a name that is unknown is an error.
 *
 * @param env the environment of the task
 * @param node facts of the host by name: `node.unique.name`, `attr.kernel.name`, `meta.rack`
 *
 * @example
 * const { config, diagnostics } = evaluateTaskConfig(task, { NOMAD_TASK_DIR: '/…/local' }, { 'node.class': 'small' });
 */
export function evaluateTaskConfig(
  task: Task,
  env: VariablesByName,
  node: VariablesByName = {},
): EvaluatedConfig {
  const problems = new Problems();
  // Made when the first template is met: most tasks have none.
  let made: Scope | undefined;
  const scope = (): Scope => {
    made ??= runtimeScope(env, node);
    return made;
  };
  const entries = Object.entries(task.config).map(([name, value]): [string, JobValue] => [
    name,
    evaluateValue(value, [name], task, scope, problems),
  ]);
  const diagnostics = problems.inOrder();
  return problems.hasErrors
    ? { diagnostics }
    : { config: convertConfig(Object.fromEntries(entries)), diagnostics };
}

function evaluateValue(
  value: JobValue,
  path: readonly (string | number)[],
  task: Task,
  scope: () => Scope,
  problems: Problems,
): JobValue {
  if (typeof value === 'string') {
    return evaluateText(value, path, task, scope, problems);
  }
  if (isList(value)) {
    return value.map((item, index) => evaluateValue(item, [...path, index], task, scope, problems));
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        evaluateValue(item, [...path, name], task, scope, problems),
      ]),
    );
  }
  return value;
}

function evaluateText(
  text: string,
  path: readonly (string | number)[],
  task: Task,
  scope: () => Scope,
  problems: Problems,
): JobValue {
  if (!mayBeTemplate(text)) {
    return text; // Most texts: nothing to parse.
  }
  const evaluated = evaluateTemplate(text, scope());
  if (evaluated.ok) {
    return evaluated.value;
  }
  const issue = { path, message: `cannot be evaluated: ${evaluated.problem}` };
  problems.error(
    `config of task ${JSON.stringify(task.name)}: ${formatConfigIssue(issue)}`,
    rangeOfConfig(task, path),
  );
  return text;
}

/** Whether a text holds anything that the second evaluation looks at. */
export function mayBeTemplate(text: string): boolean {
  return text.includes('${') || text.includes('%{');
}
