/** Evaluates every kind of expression. A value that is undefined has been reported. */
import { evaluateCall } from './evaluate-call.ts';
import { evaluateFor } from './evaluate-for.ts';
import { evaluateBinary, evaluateConditional, evaluateUnary } from './evaluate-operator.ts';
import { evaluateTemplate } from './evaluate-template.ts';
import {
  applySteps,
  evaluateIndex,
  evaluateSplat,
  evaluateTraversal,
} from './evaluate-traversal.ts';
import type { Evaluation } from './evaluation.ts';
import type { Expression, ObjectExpression, TupleExpression } from './syntax.ts';
import { describeValue, toText, type Value } from './value.ts';

/** The value of an expression. */
export function evaluateExpression(
  expression: Expression,
  evaluation: Evaluation,
): Value | undefined {
  if (expression.kind === 'literal') {
    return expression.value;
  }
  return evaluation.deeper(expression.range, () => evaluateNode(expression, evaluation));
}

function evaluateNode(expression: Expression, evaluation: Evaluation): Value | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template':
      return evaluateTemplate(expression, evaluation);
    case 'traversal':
      return evaluateTraversal(expression, evaluation);
    case 'relative-traversal': {
      const source = evaluateExpression(expression.source, evaluation);
      return source === undefined ? undefined : applySteps(source, expression.steps, evaluation);
    }
    case 'index':
      return evaluateIndex(expression, evaluation);
    case 'splat':
      return evaluateSplat(expression, evaluation);
    case 'splat-item':
      return evaluation.item;
    case 'call':
      return evaluateCall(expression, evaluation);
    case 'unary':
      return evaluateUnary(expression, evaluation);
    case 'binary':
      return evaluateBinary(expression, evaluation);
    case 'conditional':
      return evaluateConditional(expression, evaluation);
    case 'parentheses':
      return evaluateExpression(expression.inner, evaluation);
    case 'tuple':
      return evaluateTuple(expression, evaluation);
    case 'object':
      return evaluateObject(expression, evaluation);
    case 'for':
      return evaluateFor(expression, evaluation);
    case 'scoped':
      return evaluateExpression(expression.expression, evaluation.withNames(expression.variables));
    case 'invalid':
      return evaluation.fail(expression.range, 'there is no value here, because it cannot be read');
  }
}

function evaluateTuple(tuple: TupleExpression, evaluation: Evaluation): Value | undefined {
  const items: Value[] = [];
  let isWhole = true;
  for (const item of tuple.items) {
    // All of them, also behind one that fails: several problems are told at once.
    const value = evaluateExpression(item, evaluation);
    if (value === undefined) {
      isWhole = false;
    } else {
      items.push(value);
    }
  }
  return isWhole ? items : undefined;
}

function evaluateObject(object: ObjectExpression, evaluation: Evaluation): Value | undefined {
  const entries = new Map<string, Value>();
  let isWhole = true;
  for (const item of object.items) {
    const key = evaluateKey(item.key, evaluation);
    const value = evaluateExpression(item.value, evaluation);
    if (key === undefined || value === undefined) {
      isWhole = false;
    } else {
      entries.set(key, value);
    }
  }
  return isWhole ? entries : undefined;
}

/** The value of an expression as the key of an object. */
export function evaluateKey(key: Expression, evaluation: Evaluation): string | undefined {
  if (key.kind === 'traversal' && key.steps.length > 0) {
    return evaluation.fail(
      key.range,
      `the key ${key.text} could be a name or a variable`,
      `Write "${key.text}" for the name, and (${key.text}) for the variable.`,
    );
  }
  const value = evaluateExpression(key, evaluation);
  if (value === undefined) {
    return undefined;
  }
  return (
    toText(value) ??
    evaluation.fail(key.range, `a key must be text, and is ${describeValue(value)}`)
  );
}
