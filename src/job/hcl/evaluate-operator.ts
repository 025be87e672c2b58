/** Evaluates operators and conditions. */
import { calculate, compareNumbers, negate } from './arithmetic.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import type { Evaluation } from './evaluation.ts';
import type { HclNumber } from './number.ts';
import type {
  BinaryExpression,
  ConditionalExpression,
  Diagnostic,
  Expression,
  UnaryExpression,
} from './syntax.ts';
import {
  describeValue,
  isListValue,
  isMapValue,
  isSame,
  toBool,
  toNumber,
  toText,
  type Value,
} from './value.ts';

/** The value of an operator before its operand. */
export function evaluateUnary(unary: UnaryExpression, evaluation: Evaluation): Value | undefined {
  if (unary.operator === '!') {
    const operand = boolOperand(unary.operand, '!', evaluation);
    return operand === undefined ? undefined : !operand;
  }
  const operand = numberOperand(unary.operand, '-', evaluation);
  return operand === undefined ? undefined : negate(operand);
}

/** The value of an operator between its operands. */
export function evaluateBinary(
  binary: BinaryExpression,
  evaluation: Evaluation,
): Value | undefined {
  const { operator } = binary;
  switch (operator) {
    case '&&':
    case '||':
      return evaluateLogical(binary, operator, evaluation);
    case '==':
    case '!=': {
      const left = evaluateExpression(binary.left, evaluation);
      const right = evaluateExpression(binary.right, evaluation);
      return left === undefined || right === undefined
        ? undefined
        : isSame(left, right) === (operator === '==');
    }
    default: {
      const left = numberOperand(binary.left, operator, evaluation);
      const right = numberOperand(binary.right, operator, evaluation);
      return left === undefined || right === undefined
        ? undefined
        : evaluateNumbers(binary, left, right, evaluation);
    }
  }
}

/** The right operand counts only when the left one does not decide: `x != null && x.y`. */
function evaluateLogical(
  binary: BinaryExpression,
  operator: '&&' | '||',
  evaluation: Evaluation,
): boolean | undefined {
  const left = boolOperand(binary.left, operator, evaluation);
  if (left === undefined || left === (operator === '||')) {
    return left;
  }
  return boolOperand(binary.right, operator, evaluation);
}

function evaluateNumbers(
  binary: BinaryExpression,
  left: HclNumber,
  right: HclNumber,
  evaluation: Evaluation,
): Value | undefined {
  switch (binary.operator) {
    case '<':
      return compareNumbers(left, right) < 0;
    case '<=':
      return compareNumbers(left, right) <= 0;
    case '>':
      return compareNumbers(left, right) > 0;
    case '>=':
      return compareNumbers(left, right) >= 0;
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      if ((binary.operator === '/' || binary.operator === '%') && compareNumbers(right, 0) === 0) {
        return evaluation.fail(binary.right.range, 'division by zero');
      }
      return (
        calculate(binary.operator, left, right) ??
        evaluation.fail(binary.range, 'the result is too large')
      );
    default:
      throw new Error(`${binary.operator} is no operator of numbers`); // Its caller handles these.
  }
}

/** The value of a condition. */
export function evaluateCondition(
  condition: Expression,
  evaluation: Evaluation,
): boolean | undefined {
  const value = evaluateExpression(condition, evaluation);
  if (value === undefined) {
    return undefined;
  }
  const summary = `a condition must be true or false, and is ${describeValue(value)}`;
  return toBool(value) ?? evaluation.fail(condition.range, summary);
}

/** The value of `condition ? then : otherwise`. Both values have one type: a number beside a text becomes text. */
export function evaluateConditional(
  conditional: ConditionalExpression,
  evaluation: Evaluation,
): Value | undefined {
  const holds = evaluateCondition(conditional.condition, evaluation);
  if (holds === undefined) {
    return undefined;
  }
  const { then, otherwise } = conditional;
  const value = evaluateExpression(holds ? then : otherwise, evaluation);
  // What is wrong with the other one does not matter: the condition may be there to avoid it.
  const ignored: Diagnostic[] = [];
  const other = evaluateExpression(holds ? otherwise : then, evaluation.withDiagnostics(ignored));
  if (value === undefined || other === undefined || value === null || other === null) {
    return value;
  }
  const [type, otherType] = [typeName(value), typeName(other)];
  if (type === otherType) {
    return value;
  }
  if ((type === 'text' || otherType === 'text') && toText(other) !== undefined) {
    const text = toText(value);
    if (text !== undefined) {
      return text;
    }
  }
  return evaluation.fail(
    conditional.range,
    `both values of a condition must have the same type, and one is ${describeValue(value)}, the other ${describeValue(other)}`,
  );
}

function typeName(value: Value): string {
  if (typeof value === 'string') {
    return 'text';
  }
  if (typeof value === 'boolean') {
    return 'bool';
  }
  return isListValue(value) ? 'list' : isMapValue(value) ? 'object' : 'number';
}

function numberOperand(
  operand: Expression,
  operator: string,
  evaluation: Evaluation,
): HclNumber | undefined {
  const value = evaluateExpression(operand, evaluation);
  if (value === undefined) {
    return undefined;
  }
  const summary = `"${operator}" needs a number here, and this is ${describeValue(value)}`;
  return toNumber(value) ?? evaluation.fail(operand.range, summary);
}

function boolOperand(
  operand: Expression,
  operator: string,
  evaluation: Evaluation,
): boolean | undefined {
  const value = evaluateExpression(operand, evaluation);
  if (value === undefined) {
    return undefined;
  }
  const summary = `"${operator}" needs true or false here, and this is ${describeValue(value)}`;
  return toBool(value) ?? evaluation.fail(operand.range, summary);
}
