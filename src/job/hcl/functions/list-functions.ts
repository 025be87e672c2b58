/** Functions of lists. Pure. */

import { calculate, compareNumbers } from '../arithmetic.ts';
import { toSet } from '../convert-type.ts';
import {
  compareText,
  describeValue,
  isListValue,
  isMapValue,
  isSame,
  type Value,
} from '../value.ts';
import { checkSize, integerOf, listOf, maxItems, numberOf, textOf, textsOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** By name. */
export const listFunctions: FunctionTable = {
  chunklist: { parameters: ['list', 'size'], call: chunks },
  coalesce: {
    parameters: [],
    rest: 'values',
    call: (args) => firstOf(args, (value) => value !== null && value !== ''),
  },
  coalescelist: {
    parameters: [],
    rest: 'lists',
    call: (args) => firstOf(args, (_, index) => listOf(args, index).length > 0),
  },
  compact: {
    parameters: ['list'],
    call: (args) => listOf(args, 0).filter((item) => item !== '' && item !== null),
  },
  concat: {
    parameters: ['list'],
    rest: 'lists',
    call: (args) => args.flatMap((_, index) => listOf(args, index)),
  },
  contains: {
    parameters: ['list', 'value'],
    call: (args) => listOf(args, 0).some((item) => isSame(item, args[1] ?? null)),
  },
  distinct: { parameters: ['list'], call: (args) => distinct(listOf(args, 0)) },
  element: { parameters: ['list', 'index'], call: element },
  flatten: { parameters: ['list'], call: (args) => flatten(listOf(args, 0)) },
  index: { parameters: ['list', 'value'], call: indexOf },
  range: { parameters: ['limit'], optional: ['limit', 'step'], call: range },
  reverse: { parameters: ['list'], call: (args) => listOf(args, 0).toReversed() },
  slice: { parameters: ['list', 'start', 'end'], call: slice },
  sort: { parameters: ['list'], call: (args) => textsOf(args, 0).sort(compareText) },
  sum: { parameters: ['list'], call: sum },
  setintersection: {
    parameters: ['list'],
    rest: 'lists',
    call: (args) => combine(args, (one, other) => one.filter((item) => has(other, item))),
  },
  setproduct: { parameters: ['list', 'list'], rest: 'lists', call: product },
  setsubtract: {
    parameters: ['list', 'without'],
    call: (args) => combine(args, (one, other) => one.filter((item) => !has(other, item))),
  },
  setunion: {
    parameters: ['list'],
    rest: 'lists',
    call: (args) => combine(args, (one, other) => [...one, ...other]),
  },
  toset: { parameters: ['list'], call: (args) => toSet(listOf(args, 0)) },
  tolist: { parameters: ['list'], call: (args) => listOf(args, 0) },
  length: { parameters: ['value'], call: lengthOf },
  hasindex: {
    parameters: ['value', 'key'],
    call: (args) => {
      const [value = null, key = null] = args;
      return isMapValue(value)
        ? value.has(textOf(args, 1))
        : isListValue(value) && typeof key === 'number' && key in value;
    },
  },
};

function has(list: readonly Value[], wanted: Value): boolean {
  return list.some((item) => isSame(item, wanted));
}

function distinct(list: readonly Value[]): Value[] {
  const plain = new Set<Value>();
  const others: Value[] = [];
  return list.filter((item) => {
    const isNew = typeof item === 'object' && item !== null ? !has(others, item) : !plain.has(item);
    if (typeof item === 'object' && item !== null) {
      others.push(item);
    } else {
      plain.add(item);
    }
    return isNew;
  });
}

function firstOf(
  args: readonly Value[],
  isWanted: (value: Value, index: number) => boolean,
): Value {
  const index = args.findIndex(isWanted);
  if (index === -1) {
    throw new FunctionFault('all of the arguments are null or empty');
  }
  return args[index] ?? null;
}

function chunks(args: readonly Value[]): Value {
  const list = listOf(args, 0);
  const size = integerOf(args, 1);
  if (size < 0) {
    throw new FunctionFault('the size must not be negative', 1);
  }
  if (list.length === 0 || size === 0) {
    return list.length === 0 ? [] : [list];
  }
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

function element(args: readonly Value[]): Value {
  const list = listOf(args, 0);
  const index = integerOf(args, 1);
  if (list.length === 0) {
    throw new FunctionFault('the list is empty', 0);
  }
  // The index goes round and round.
  return list[((index % list.length) + list.length) % list.length] ?? null;
}

function flatten(list: readonly Value[]): Value[] {
  const result: Value[] = [];
  const add = (items: readonly Value[]): void => {
    for (const item of items) {
      if (isListValue(item)) {
        add(item);
      } else {
        result.push(item);
      }
    }
  };
  add(list);
  return result;
}

function indexOf(args: readonly Value[]): Value {
  const [value = null, key = null] = args;
  if (isMapValue(value)) {
    const found = value.get(textOf(args, 1));
    if (found !== undefined) {
      return found;
    }
  } else {
    const list = listOf(args, 0);
    const at = list.findIndex((item) => isSame(item, key));
    if (at !== -1) {
      return at;
    }
  }
  throw new FunctionFault(`${describeValue(key)} is not in it`, 1);
}

function range(args: readonly Value[]): Value {
  const from = args.length > 1 ? numberOf(args, 0) : 0;
  const to = args.length > 1 ? numberOf(args, 1) : numberOf(args, 0);
  const step = args.length > 2 ? numberOf(args, 2) : compareNumbers(to, from) < 0 ? -1 : 1;
  const direction = compareNumbers(step, 0);
  if (direction === 0 || compareNumbers(to, from) === -direction) {
    throw new FunctionFault('the step does not lead from the start to the limit');
  }
  const result: Value[] = [];
  let next: number | bigint | undefined = from;
  while (next !== undefined && compareNumbers(to, next) === direction) {
    checkSize(result.length + 1);
    result.push(next);
    next = calculate('+', next, step);
  }
  return result;
}

function slice(args: readonly Value[]): Value {
  const list = listOf(args, 0);
  const [start, end] = [integerOf(args, 1), integerOf(args, 2)];
  if (start < 0 || start > end) {
    throw new FunctionFault(`the start must be between 0 and the end, ${end}`, 1);
  }
  if (end > list.length) {
    throw new FunctionFault(`the end must be at most the length of the list, ${list.length}`, 2);
  }
  return list.slice(start, end);
}

function sum(args: readonly Value[]): Value {
  const list = listOf(args, 0);
  if (list.length === 0) {
    throw new FunctionFault('the list is empty', 0);
  }
  return list
    .map((_, index) => numberOf(list, index))
    .reduce((total, next) => calculate('+', total, next) ?? total, 0);
}

function combine(
  args: readonly Value[],
  merge: (one: readonly Value[], other: readonly Value[]) => Value[],
): Value {
  const lists = args.map((_, index) => listOf(args, index));
  return toSet(lists.reduce(merge));
}

function product(args: readonly Value[]): Value {
  const lists = args.map((_, index) => listOf(args, index));
  checkSize(lists.reduce((count, list) => Math.min(count * list.length, maxItems + 1), 1));
  return lists.reduce<Value[][]>(
    (rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])),
    [[]],
  );
}

function lengthOf(args: readonly Value[]): Value {
  const [value = null] = args;
  if (isMapValue(value)) {
    return value.size;
  }
  if (typeof value === 'string') {
    throw new FunctionFault('expected a list or an object, and read text: use strlen', 0);
  }
  return listOf(args, 0).length;
}
