/** Values for variables: the default, then NOMAD_VAR_*, then -var-file, then -var; the last one wins. Pure. */
import { nearestName } from '../nearest-name.ts';
import { convertToType } from './convert-to-type.ts';
import type { Converted } from './convert-value.ts';
import type { Body, Range } from './hcl/syntax.ts';
import { contentOfBody } from './hcl-body.ts';
import { evaluateLocated, evaluateText } from './hcl-value.ts';
import type { JobValue } from './job-model.ts';
import { pointer } from './raw-block.ts';
import type { HclContext } from './read-hcl-block.ts';
import type { Variable } from './variables.ts';

/** Where values come from. */
export interface ValueSources {
  /** `name=value`, in order. */
  readonly vars: readonly string[];
  /** Parsed files, in order. */
  readonly varFiles: readonly Body[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const envPrefix = 'NOMAD_VAR_';

/** The value of each variable. Those without one are told of, and stand as null so that reading can go on. */
export function resolveVariables(
  variables: ReadonlyMap<string, Variable>,
  sources: ValueSources,
  context: HclContext,
): Map<string, JobValue> {
  const values = new Map<string, JobValue>();
  for (const variable of variables.values()) {
    if (variable.defaultValue !== undefined) {
      values.set(variable.name, variable.defaultValue);
    }
  }
  takeEnvironment(variables, sources.env, values, context);
  for (const file of sources.varFiles) {
    takeFile(variables, file, values, context);
  }
  for (const assignment of sources.vars) {
    takeAssignment(variables, assignment, values, context);
  }
  for (const { name, range } of variables.values()) {
    if (!values.has(name)) {
      values.set(name, null);
      context.problems.error(
        `variable ${JSON.stringify(name)} has no value: give it by -var ${name}=…, in a -var-file, or in ${envPrefix}${name}`,
        range,
      );
    }
  }
  return values;
}

function takeEnvironment(
  variables: ReadonlyMap<string, Variable>,
  env: ValueSources['env'],
  values: Map<string, JobValue>,
  context: HclContext,
): void {
  for (const variable of variables.values()) {
    const key = `${envPrefix}${variable.name}`;
    const text = Object.hasOwn(env, key) ? env[key] : undefined;
    if (text !== undefined) {
      takeText(variable, text, key, values, context);
    }
  }
}

function takeFile(
  variables: ReadonlyMap<string, Variable>,
  file: Body,
  values: Map<string, JobValue>,
  context: HclContext,
): void {
  const { attributes, blocks } = contentOfBody(file, [], context);
  for (const block of blocks) {
    const problem = `a file of variables has only name = value, and no block such as ${JSON.stringify(block.type)}`;
    context.problems.error(problem, block.typeRange);
  }
  for (const attribute of attributes) {
    const variable = declared(variables, attribute.name, attribute.nameRange, context);
    const located = evaluateLocated(attribute.expression, context.scope, context.problems);
    if (variable !== undefined && located !== undefined) {
      const converted = convertToType(located.value, variable.type);
      const path = converted.ok ? [] : converted.path;
      const at = located.ranges.get(pointer(path)) ?? located.range;
      take(variable, converted, `variable "${variable.name}"`, at, values, context);
    }
  }
}

function takeAssignment(
  variables: ReadonlyMap<string, Variable>,
  assignment: string,
  values: Map<string, JobValue>,
  context: HclContext,
): void {
  const split = assignment.indexOf('=');
  const name = assignment.slice(0, split).trim();
  if (split === -1 || name === '') {
    const problem = `-var must be name=value, and is ${JSON.stringify(assignment)}`;
    context.problems.error(problem, undefined);
    return;
  }
  const variable = declared(variables, name, undefined, context);
  if (variable !== undefined) {
    takeText(variable, assignment.slice(split + 1), `-var ${name}`, values, context);
  }
}

/** Text is a text's value as it is; for every other type it is an expression, such as `["a", "b"]`. */
function takeText(
  variable: Variable,
  text: string,
  origin: string,
  values: Map<string, JobValue>,
  context: HclContext,
): void {
  const { type } = variable;
  if (type.kind === 'string' || type.kind === 'any') {
    values.set(variable.name, text);
    return;
  }
  const evaluated = evaluateText(text, context.scope);
  if (evaluated.ok) {
    take(variable, convertToType(evaluated.value, type), origin, undefined, values, context);
  } else {
    context.problems.error(`${origin}: ${evaluated.problem}`, undefined);
  }
}

function take(
  variable: Variable,
  converted: Converted,
  origin: string,
  range: Range | undefined,
  values: Map<string, JobValue>,
  context: HclContext,
): void {
  if (converted.ok) {
    values.set(variable.name, converted.value);
    return;
  }
  // As null, it is not asked for a second time.
  values.set(variable.name, null);
  const inside = converted.path.length === 0 ? '' : ` (at ${converted.path.join('.')})`;
  context.problems.error(`${origin} ${converted.problem}${inside}`, range);
}

function declared(
  variables: ReadonlyMap<string, Variable>,
  name: string,
  range: Range | undefined,
  context: HclContext,
): Variable | undefined {
  const variable = variables.get(name);
  if (variable === undefined) {
    const near = nearestName(name, variables.keys());
    context.problems.error(
      `variable ${JSON.stringify(name)} is given a value, and the job file does not declare it`,
      range,
      near === undefined ? undefined : `Did you mean "${near}"?`,
    );
  }
  return variable;
}
