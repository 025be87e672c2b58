/** Evaluates variables and the ways into their values. */
import { nearestName } from '../../nearest-name.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import type { Evaluation } from './evaluation.ts';
import type {
  IndexExpression,
  Range,
  SplatExpression,
  TraversalExpression,
  TraversalStep,
} from './syntax.ts';
import { describeValue, isListValue, isMapValue, toNumber, toText, type Value } from './value.ts';

/** The value of a variable and the steps from it. */
export function evaluateTraversal(
  traversal: TraversalExpression,
  evaluation: Evaluation,
): Value | undefined {
  const value = evaluation.lookup(traversal.root);
  if (value !== undefined) {
    return undeclared(value, traversal, evaluation)
      ? undefined
      : applySteps(value, traversal.steps, evaluation);
  }
  if (evaluation.scope.undefinedRoot === 'keep') {
    return `\${${traversal.text}}`;
  }
  const names = evaluation.names();
  const near = nearestName(traversal.root, names);
  const known =
    names.length === 0 ? 'There are no variables here.' : `There are: ${listed(names)}.`;
  return evaluation.fail(
    traversal.rootRange,
    `there is no variable "${traversal.root}"`,
    near === undefined ? known : `Did you mean "${near}"?`,
  );
}

/** What stands behind `var.` and `local.` is declared in the file: that is what has to be told, not that an object lacks a key. */
const declarations: Readonly<
  Record<string, readonly [what: string, how: (name: string) => string]>
> = {
  var: ['variable', (name) => `Write variable "${name}" { … } at the top of the file`],
  local: ['local', (name) => `Write ${name} = … in a locals block`],
};

/** @returns whether there is no such variable or local, and that was told */
function undeclared(
  value: Value,
  { root, steps: [first] }: TraversalExpression,
  evaluation: Evaluation,
): boolean {
  const declaration = Object.hasOwn(declarations, root) ? declarations[root] : undefined;
  if (declaration === undefined || first?.kind !== 'attribute' || !isMapValue(value)) return false;
  if (value.has(first.name)) return false;
  const [what, how] = declaration;
  const near = nearestName(first.name, value.keys());
  const detail = near === undefined ? `${how(first.name)}.` : `Did you mean "${near}"?`;
  evaluation.fail(first.range, `the ${what} "${first.name}" is not declared`, detail);
  return true;
}

/** Follows steps into a value. */
export function applySteps(
  start: Value,
  steps: readonly TraversalStep[],
  evaluation: Evaluation,
): Value | undefined {
  let value: Value | undefined = start;
  for (const step of steps) {
    if (value === undefined) {
      return undefined;
    }
    value =
      step.kind === 'attribute'
        ? attributeOf(value, step.name, step.range, evaluation)
        : itemOf(value, step.key, step.range, evaluation);
  }
  return value;
}

/** The value of `source[key]`. */
export function evaluateIndex(index: IndexExpression, evaluation: Evaluation): Value | undefined {
  const source = evaluateExpression(index.source, evaluation);
  const key = evaluateExpression(index.key, evaluation);
  return source === undefined || key === undefined
    ? undefined
    : itemOf(source, key, index.key.range, evaluation);
}

/** The value of a splat: null is an empty list, and what is no list is a list of one. */
export function evaluateSplat(splat: SplatExpression, evaluation: Evaluation): Value | undefined {
  const source = evaluateExpression(splat.source, evaluation);
  if (source === undefined) {
    return undefined;
  }
  const items = source === null ? [] : isListValue(source) ? source : [source];
  const results: Value[] = [];
  for (const item of items) {
    const value = evaluateExpression(splat.each, evaluation.withItem(item));
    if (value === undefined) {
      return undefined; // The others would most likely fail for the same reason.
    }
    results.push(value);
  }
  return results;
}

function attributeOf(
  value: Value,
  name: string,
  range: Range,
  evaluation: Evaluation,
): Value | undefined {
  if (!isMapValue(value)) {
    const detail = isListValue(value) ? `Take it from each item by [*].${name}.` : undefined;
    return evaluation.fail(range, `${describeValue(value)} has no "${name}"`, detail);
  }
  return value.get(name) ?? missing(value, name, range, evaluation);
}

function itemOf(value: Value, key: Value, range: Range, evaluation: Evaluation): Value | undefined {
  if (isMapValue(value)) {
    const name = toText(key);
    return name === undefined
      ? evaluation.fail(range, `the key of an object must be text, and is ${describeValue(key)}`)
      : (value.get(name) ?? missing(value, name, range, evaluation));
  }
  if (!isListValue(value)) {
    return evaluation.fail(range, `${describeValue(value)} has no items`);
  }
  const index = toNumber(key);
  if (typeof index !== 'number' || !Number.isInteger(index)) {
    const summary = `the index of a list must be a whole number, and is ${describeValue(key)}`;
    return evaluation.fail(range, summary);
  }
  const length = `The list has ${value.length} ${value.length === 1 ? 'item' : 'items'}, counted from 0.`;
  return index < 0
    ? evaluation.fail(range, `the index ${index} is less than 0`, length)
    : (value[index] ?? noItem(value, index, range, length, evaluation));
}

function noItem(
  list: readonly Value[],
  index: number,
  range: Range,
  length: string,
  evaluation: Evaluation,
): Value | undefined {
  return index < list.length ? null : evaluation.fail(range, `there is no item ${index}`, length);
}

/** A key whose value is null is there; one that is absent is an error. */
function missing(
  map: ReadonlyMap<string, Value>,
  name: string,
  range: Range,
  evaluation: Evaluation,
): Value | undefined {
  if (map.has(name)) {
    return null;
  }
  const near = nearestName(name, map.keys());
  const known = map.size === 0 ? 'The object is empty.' : `There are: ${listed([...map.keys()])}.`;
  const detail = near === undefined ? known : `Did you mean "${near}"?`;
  return evaluation.fail(range, `there is no ${JSON.stringify(name)} in the object`, detail);
}

function listed(names: readonly string[]): string {
  const shown = [...new Set(names)].sort().slice(0, 20);
  return names.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}
