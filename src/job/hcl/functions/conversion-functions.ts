/** Functions that convert between types, and those that the evaluator handles itself. Pure. */
import { toBool, toNumber, toText, type Value } from '../value.ts';
import { boolOf, numberOf, textOf } from './arguments.ts';
import type { FunctionTable } from './hcl-function.ts';

/** The evaluator never calls these: their arguments are not evaluated first. */
const never = (): Value => null;

/** By name. */
export const conversionFunctions: FunctionTable = {
  tostring: {
    parameters: ['value'],
    call: (args) => (args[0] === null ? null : (toText(args[0] ?? null) ?? textOf(args, 0))),
  },
  tonumber: {
    parameters: ['value'],
    call: (args) => (args[0] === null ? null : (toNumber(args[0] ?? null) ?? numberOf(args, 0))),
  },
  tobool: {
    parameters: ['value'],
    call: (args) => (args[0] === null ? null : (toBool(args[0] ?? null) ?? boolOf(args, 0))),
  },
  convert: { parameters: ['value', 'type'], special: 'convert', call: never },
  can: { parameters: ['expression'], special: 'can', call: never },
  try: { parameters: ['expression'], rest: 'expressions', special: 'try', call: never },
};
