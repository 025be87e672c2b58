/** `locals` blocks: values by name, each of which may use variables and other locals. Pure. */

import type { Scope } from './hcl/evaluate.ts';
import type { Attribute, Block } from './hcl/syntax.ts';
import type { Value } from './hcl/value.ts';
import { contentOfBody } from './hcl-body.ts';
import { evaluateLocated, fromJobValue } from './hcl-value.ts';
import type { Problems } from './problems.ts';
import type { HclContext } from './read-hcl-block.ts';

/** The declaration of each local, by name. */
export function readLocals(
  blocks: readonly Block[],
  context: HclContext,
): ReadonlyMap<string, Attribute> {
  const locals = new Map<string, Attribute>();
  for (const block of blocks.filter(({ type }) => type === 'locals')) {
    const { attributes, blocks: inner } = contentOfBody(block.body, [], context);
    for (const { type, typeRange } of inner) {
      const problem = `locals has only name = value, and no block such as ${JSON.stringify(type)}`;
      context.problems.error(problem, typeRange);
    }
    for (const attribute of attributes) {
      if (locals.has(attribute.name)) {
        context.problems.error(
          `local ${JSON.stringify(attribute.name)} is declared twice`,
          attribute.nameRange,
        );
      } else {
        locals.set(attribute.name, attribute);
      }
    }
  }
  return locals;
}

/** The value of each local, whatever the order in which they are declared. */
export function localValues(
  locals: ReadonlyMap<string, Attribute>,
  scope: Scope,
  problems: Problems,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const inner: Scope = { ...scope, variables: new Map([...scope.variables, ['local', values]]) };
  const underWay: string[] = [];
  const visit = (name: string, attribute: Attribute): void => {
    if (values.has(name)) {
      return;
    }
    if (underWay.includes(name)) {
      const circle = [...underWay.slice(underWay.indexOf(name)), name].join(' → ');
      problems.error(
        `local ${JSON.stringify(name)} hangs on itself: ${circle}`,
        attribute.nameRange,
      );
      values.set(name, null);
      return;
    }
    underWay.push(name);
    for (const needed of localsIn(attribute.expression)) {
      const other = locals.get(needed);
      if (other !== undefined) {
        visit(needed, other);
      }
    }
    underWay.pop();
    if (!values.has(name)) {
      const located = evaluateLocated(attribute.expression, inner, problems);
      values.set(name, located === undefined ? null : fromJobValue(located.value));
    }
  };
  for (const [name, attribute] of locals) {
    visit(name, attribute);
  }
  return values;
}

/** The locals that an expression names. It goes through the tree whatever the kinds of expression in it. */
function localsIn(node: unknown): string[] {
  if (Array.isArray(node)) {
    return node.flatMap(localsIn);
  }
  if (typeof node !== 'object' || node === null) {
    return [];
  }
  if ('kind' in node && node.kind === 'traversal' && 'root' in node && node.root === 'local') {
    return 'steps' in node && Array.isArray(node.steps) ? firstStep(node.steps) : [];
  }
  return Object.values(node).flatMap(localsIn);
}

function firstStep(steps: readonly unknown[]): string[] {
  const [step] = steps;
  if (typeof step !== 'object' || step === null) {
    return [];
  }
  const name = 'name' in step ? step.name : 'key' in step ? step.key : undefined;
  return typeof name === 'string' ? [name] : [];
}
