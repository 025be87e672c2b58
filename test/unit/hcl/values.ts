/** Evaluates small expressions for tests. */
import assert from 'node:assert/strict';
import { evaluate, type Scope } from '../../../src/job/hcl/evaluate.ts';
import { hclFunctions } from '../../../src/job/hcl/functions.ts';
import { parseExpression, parseTemplate } from '../../../src/job/hcl/template.ts';
import { isListValue, isMapValue, type Value } from '../../../src/job/hcl/value.ts';

/** What may stand in the place of a value in a test: plain objects and lists. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Plain[]
  | { readonly [name: string]: Plain };

/** A scope with these variables. */
export function scopeOf(
  variables: { readonly [name: string]: Plain } = {},
  undefinedRoot: Scope['undefinedRoot'] = 'error',
): Scope {
  const values = new Map(
    Object.entries(variables).map(([name, value]) => [name, fromPlain(value)]),
  );
  return { variables: values, functions: hclFunctions, undefinedRoot };
}

/** The value of an expression, which has to have one. */
export function resultOf(text: string, scope: Scope = scopeOf()): Plain {
  const { expression, diagnostics } = parseExpression(text, 'test');
  assert.deepEqual(diagnostics, [], text);
  const evaluated = evaluate(expression, scope);
  assert.deepEqual(evaluated.diagnostics, [], text);
  return toPlain(evaluated.value);
}

/** The value of a bare template, which has to have one. */
export function templateResultOf(text: string, scope: Scope = scopeOf()): Plain {
  const { expression, diagnostics } = parseTemplate(text, 'test');
  assert.deepEqual(diagnostics, [], text);
  const evaluated = evaluate(expression, scope);
  assert.deepEqual(evaluated.diagnostics, [], text);
  return toPlain(evaluated.value);
}

/** The problems of an expression, with their places: `1:4 there is no variable "x"`. */
export function problemsOf(text: string, scope: Scope = scopeOf()): string[] {
  const { expression, diagnostics } = parseExpression(text, 'test');
  const all = diagnostics.length > 0 ? diagnostics : evaluate(expression, scope).diagnostics;
  return all.map(({ range, summary }) => `${range?.start.line}:${range?.start.column} ${summary}`);
}

/** A value as plain objects and lists. */
export function toPlain(value: Value): Plain {
  if (isListValue(value)) {
    return value.map(toPlain);
  }
  return isMapValue(value)
    ? Object.fromEntries([...value].map(([name, item]) => [name, toPlain(item)]))
    : value;
}

function fromPlain(value: Plain): Value {
  if (isPlainList(value)) {
    return value.map(fromPlain);
  }
  return typeof value === 'object' && value !== null
    ? new Map(Object.entries(value).map(([name, item]) => [name, fromPlain(item)]))
    : value;
}

function isPlainList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
