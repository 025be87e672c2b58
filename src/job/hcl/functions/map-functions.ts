/** Functions of maps and objects. Pure. */
import { sortedEntries, type Value } from '../value.ts';
import { listOf, mapOf, textOf, textsOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** By name. */
export const mapFunctions: FunctionTable = {
  keys: {
    parameters: ['object'],
    call: (args) => sortedEntries(mapOf(args, 0)).map(([key]) => key),
  },
  values: {
    parameters: ['object'],
    call: (args) => sortedEntries(mapOf(args, 0)).map(([, value]) => value),
  },
  lookup: { parameters: ['object', 'key'], optional: ['default'], call: lookup },
  merge: {
    parameters: [],
    rest: 'objects',
    call: (args) =>
      new Map(args.flatMap((value, index) => (value === null ? [] : [...mapOf(args, index)]))),
  },
  tomap: { parameters: ['object'], call: (args) => mapOf(args, 0) },
  transpose: { parameters: ['object'], call: transpose },
  zipmap: { parameters: ['keys', 'values'], call: zip },
};

function lookup(args: readonly Value[]): Value {
  const value = mapOf(args, 0).get(textOf(args, 1)) ?? args[2];
  if (value === undefined) {
    throw new FunctionFault(`there is no ${JSON.stringify(textOf(args, 1))}, and no default`, 1);
  }
  return value;
}

function transpose(args: readonly Value[]): Value {
  const result = new Map<string, string[]>();
  for (const [key, list] of sortedEntries(mapOf(args, 0))) {
    for (const item of textsOf([list], 0)) {
      result.set(item, [...(result.get(item) ?? []), key]);
    }
  }
  return result;
}

function zip(args: readonly Value[]): Value {
  const keys = textsOf(args, 0);
  const values = listOf(args, 1);
  if (keys.length !== values.length) {
    throw new FunctionFault(`there are ${keys.length} keys and ${values.length} values`);
  }
  return new Map(keys.map((key, index) => [key, values[index] ?? null]));
}
