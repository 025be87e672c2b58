/** What the second evaluation of `config` can refer to: the task's environment, and facts of the host. Pure. */

import type { Scope } from './hcl/evaluate.ts';
import { hclFunctions } from './hcl/functions.ts';
import type { Value } from './hcl/value.ts';
import type { VariablesByName } from './interpolate.ts';

/** The functions that a driver's configuration can call, in Nomad and so here. */
const functionNames: ReadonlySet<string> = new Set([
  'abs',
  'coalesce',
  'concat',
  'hasindex',
  'int',
  'jsondecode',
  'jsonencode',
  'length',
  'lower',
  'max',
  'min',
  'reverse',
  'strlen',
  'substr',
  'upper',
]);

/** `${NAME}`, `${env["NAME"]}`, `${node.unique.name}`, `${attr["kernel.name"]}`. */
export function runtimeScope(env: VariablesByName, node: VariablesByName): Scope {
  const roots = new Map<string, Value>();
  for (const [name, value] of [...Object.entries(env), ...Object.entries(node)]) {
    setNested(roots, name.split('.'), value);
  }
  roots.set('env', new Map(Object.entries(env)));
  const functions = new Map([...hclFunctions].filter(([name]) => functionNames.has(name)));
  return { variables: roots, functions, undefinedRoot: 'error' };
}

/** Puts `a.b.c` at `a.b.c`, and at `a["b.c"]` as well: some parts of names are no names in HCL. */
function setNested(into: Map<string, Value>, parts: readonly string[], value: string): void {
  const [first = '', ...rest] = parts;
  if (rest.length === 0) {
    if (!(into.get(first) instanceof Map)) {
      into.set(first, value);
    }
    return;
  }
  const before = into.get(first);
  const inner: Map<string, Value> = before instanceof Map ? before : new Map<string, Value>();
  into.set(first, inner);
  inner.set(rest.join('.'), value);
  setNested(inner, rest, value);
}
