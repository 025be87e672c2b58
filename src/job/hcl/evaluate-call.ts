/** Evaluates calls of functions. */
import { nearestName } from '../../nearest-name.ts';
import { convertToType } from './convert-type.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import type { Evaluation } from './evaluation.ts';
import { FunctionFault, type HclFunction } from './functions/hcl-function.ts';
import type { CallExpression, Diagnostic } from './syntax.ts';
import { describeValue, isListValue, type Value } from './value.ts';

/** The value of a call. */
export function evaluateCall(call: CallExpression, evaluation: Evaluation): Value | undefined {
  const { functions } = evaluation.scope;
  const called = functions.get(call.name);
  if (called === undefined) {
    const near = nearestName(call.name, functions.keys());
    const detail = near === undefined ? undefined : `Did you mean "${near}"?`;
    return evaluation.fail(call.nameRange, `there is no function "${call.name}"`, detail);
  }
  if (called.special !== undefined) {
    return checkCount(call, called, call.arguments.length, evaluation)
      ? evaluateSpecial(call, called.special, evaluation)
      : undefined;
  }
  const args = evaluateArguments(call, evaluation);
  if (args === undefined || !checkCount(call, called, args.length, evaluation)) {
    return undefined;
  }
  try {
    return called.call(args);
  } catch (error) {
    if (!(error instanceof FunctionFault)) {
      throw error;
    }
    const argument = error.argument === undefined ? undefined : call.arguments[error.argument];
    return evaluation.fail(argument?.range ?? call.range, `${call.name}: ${error.message}`);
  }
}

function evaluateArguments(call: CallExpression, evaluation: Evaluation): Value[] | undefined {
  const args: Value[] = [];
  let isWhole = true;
  for (const [index, argument] of call.arguments.entries()) {
    const value = evaluateExpression(argument, evaluation);
    if (value === undefined) {
      isWhole = false;
    } else if (!call.isExpanded || index < call.arguments.length - 1) {
      args.push(value);
    } else if (isListValue(value)) {
      args.push(...value.slice(0, maxArguments));
    } else {
      const summary = `"..." expands lists, and this is ${describeValue(value)}`;
      return evaluation.fail(argument.range, summary);
    }
  }
  return isWhole ? args : undefined;
}

/** More would overflow the stack of the call. */
const maxArguments = 10_000;

function checkCount(
  call: CallExpression,
  called: HclFunction,
  count: number,
  evaluation: Evaluation,
): boolean {
  const { parameters, optional = [], rest } = called;
  const most = rest === undefined ? parameters.length + optional.length : maxArguments;
  if (count >= parameters.length && count <= most) {
    return true;
  }
  const names = [
    ...parameters,
    ...optional.map((name) => `[${name}]`),
    ...(rest === undefined ? [] : [`${rest}...`]),
  ];
  const problem = count < parameters.length ? 'too few' : 'too many';
  const detail = `It is called as ${call.name}(${names.join(', ')}).`;
  evaluation.fail(call.range, `${problem} arguments for "${call.name}"`, detail);
  return false;
}

function evaluateSpecial(
  call: CallExpression,
  special: 'try' | 'can' | 'convert',
  evaluation: Evaluation,
): Value | undefined {
  if (special === 'convert') {
    return evaluateConvert(call, evaluation);
  }
  let last: readonly Diagnostic[] = [];
  for (const argument of call.arguments) {
    const diagnostics: Diagnostic[] = [];
    const value = evaluateExpression(argument, evaluation.withDiagnostics(diagnostics));
    if (value !== undefined) {
      return special === 'can' ? true : value;
    }
    last = diagnostics;
  }
  const detail = last[0] === undefined ? undefined : `The last one: ${last[0].summary}.`;
  return special === 'can'
    ? false
    : evaluation.fail(call.range, 'try: none of the expressions has a value', detail);
}

function evaluateConvert(call: CallExpression, evaluation: Evaluation): Value | undefined {
  const [argument, type] = call.arguments;
  if (argument === undefined || type === undefined) {
    return undefined; // The number of arguments has been checked.
  }
  const value = evaluateExpression(argument, evaluation);
  if (value === undefined) {
    return undefined;
  }
  const converted = convertToType(value, type);
  return converted.ok
    ? converted.value
    : evaluation.fail(converted.range ?? argument.range, `convert: ${converted.problem}`);
}
