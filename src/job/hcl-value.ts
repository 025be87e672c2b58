/** Expressions of HCL to values of a job, each with its place. Pure. */
import type { LocatedValue } from './block-builder.ts';
import { isList, isObject } from './convert-value.ts';
import { evaluate, type Scope } from './hcl/evaluate.ts';
import type { Diagnostic, Expression, Range } from './hcl/syntax.ts';
import { type ParsedExpression, parseExpression, parseTemplate } from './hcl/template.ts';
import { isListValue, isMapValue, type Value } from './hcl/value.ts';
import type { JobValue } from './job-model.ts';
import type { Problems } from './problems.ts';
import { pointer } from './raw-block.ts';

/** A value, or in one sentence why there is none. */
export type EvaluatedText =
  | { readonly ok: true; readonly value: JobValue }
  | { readonly ok: false; readonly problem: string };

/** Evaluates an expression; undefined when it has no value, which is then among the problems. */
export function evaluateLocated(
  expression: Expression,
  scope: Scope,
  problems: Problems,
): LocatedValue | undefined {
  const { value, diagnostics } = evaluate(expression, scope);
  problems.take(diagnostics);
  if (expression.kind === 'invalid' || diagnostics.some(isError)) {
    return undefined;
  }
  const ranges = new Map<string, Range>();
  addRanges(expression, [], ranges);
  return { value: toJobValue(value), range: expression.range, ranges };
}

/** Evaluates text as an expression, such as the `["a", "b"]` of a command line. */
export function evaluateText(text: string, scope: Scope): EvaluatedText {
  return evaluateParsed(parseExpression(text, ''), scope);
}

/** Evaluates text as a template, such as a value of `config` that has been evaluated once. */
export function evaluateTemplate(text: string, scope: Scope): EvaluatedText {
  return evaluateParsed(parseTemplate(text, ''), scope);
}

function evaluateParsed(parsed: ParsedExpression, scope: Scope): EvaluatedText {
  const unread = parsed.diagnostics.find(isError);
  if (unread !== undefined) {
    return { ok: false, problem: sentence(unread) };
  }
  const { value, diagnostics } = evaluate(parsed.expression, scope);
  const problem = diagnostics.find(isError);
  return problem === undefined
    ? { ok: true, value: toJobValue(value) }
    : { ok: false, problem: sentence(problem) };
}

/** A value of HCL as one of a job. Whole numbers too big for a number become text, so that no digit is lost. */
export function toJobValue(value: Value): JobValue {
  if (typeof value === 'bigint') {
    return value.toString();
  }
  if (isListValue(value)) {
    return value.map(toJobValue);
  }
  if (isMapValue(value)) {
    return Object.fromEntries([...value].map(([name, inner]) => [name, toJobValue(inner)]));
  }
  return value;
}

/** A value of a job as one of HCL. */
export function fromJobValue(value: JobValue): Value {
  if (isList(value)) {
    return value.map(fromJobValue);
  }
  if (isObject(value)) {
    return new Map(Object.entries(value).map(([name, inner]) => [name, fromJobValue(inner)]));
  }
  return value;
}

/** An expression as it stands in the file. */
export function sourceText(expression: Expression, source: string): string {
  return source.slice(expression.range.start.offset, expression.range.end.offset);
}

function addRanges(
  expression: Expression,
  path: readonly (string | number)[],
  ranges: Map<string, Range>,
): void {
  ranges.set(pointer(path), expression.range);
  switch (expression.kind) {
    case 'tuple':
      for (const [index, item] of expression.items.entries()) {
        addRanges(item, [...path, index], ranges);
      }
      break;
    case 'object':
      for (const { key, value } of expression.items) {
        if (key.kind === 'literal') {
          addRanges(value, [...path, String(key.value)], ranges);
        }
      }
      break;
    case 'parentheses':
      addRanges(expression.inner, path, ranges);
      break;
    case 'scoped':
      addRanges(expression.expression, path, ranges);
      break;
    default:
      break; // What is inside is made when it is evaluated, and stands nowhere.
  }
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

function sentence({ summary, detail }: Diagnostic): string {
  return detail === undefined ? summary : `${summary}; ${detail}`;
}
