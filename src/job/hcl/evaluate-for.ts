/** Evaluates `for` expressions, and gives what a `for` goes through. */
import { evaluateExpression, evaluateKey } from './evaluate-expression.ts';
import { evaluateCondition } from './evaluate-operator.ts';
import type { Evaluation } from './evaluation.ts';
import type { Expression, ForExpression } from './syntax.ts';
import { describeValue, isListValue, isMapValue, sortedEntries, type Value } from './value.ts';

/** One round of a `for`: its variables. */
export interface ForItem {
  readonly names: ReadonlyMap<string, Value>;
}

/** All rounds of a `for`. */
export function forItems(
  introduction: {
    readonly keyName: string | undefined;
    readonly valueName: string;
    readonly collection: Expression;
  },
  evaluation: Evaluation,
): ForItem[] | undefined {
  const { collection, keyName, valueName } = introduction;
  const value = evaluateExpression(collection, evaluation);
  if (value === undefined) {
    return undefined;
  }
  const entries = iterate(value);
  if (entries === undefined) {
    return evaluation.fail(
      collection.range,
      `"for" goes through lists and objects, and this is ${describeValue(value)}`,
    );
  }
  return entries.map(([key, item]) => {
    const names = new Map<string, Value>();
    if (keyName !== undefined) {
      names.set(keyName, key);
    }
    names.set(valueName, item);
    return { names };
  });
}

/** Keys and items of a list or a map; undefined for everything else. */
export function iterate(value: Value): readonly (readonly [number | string, Value])[] | undefined {
  if (isListValue(value)) {
    return value.map((item, index) => [index, item] as const);
  }
  return isMapValue(value) ? sortedEntries(value) : undefined;
}

/** The value of a `for` expression. */
export function evaluateFor(loop: ForExpression, evaluation: Evaluation): Value | undefined {
  const items = forItems(loop, evaluation);
  if (items === undefined) {
    return undefined;
  }
  return loop.key === undefined
    ? makeList(loop, items, evaluation)
    : makeObject(loop, loop.key, items, evaluation);
}

function makeList(
  loop: ForExpression,
  items: readonly ForItem[],
  evaluation: Evaluation,
): Value | undefined {
  const list: Value[] = [];
  for (const { names } of items) {
    const inner = evaluation.withNames(names);
    const isWanted = loop.condition === undefined || evaluateCondition(loop.condition, inner);
    const value = isWanted ? evaluateExpression(loop.value, inner) : undefined;
    if (isWanted === undefined || (isWanted && value === undefined)) {
      return undefined; // The others would most likely fail for the same reason.
    }
    if (value !== undefined) {
      list.push(value);
    }
  }
  return list;
}

function makeObject(
  loop: ForExpression,
  keyExpression: Expression,
  items: readonly ForItem[],
  evaluation: Evaluation,
): Value | undefined {
  const single = new Map<string, Value>();
  const groups = new Map<string, Value[]>();
  for (const { names } of items) {
    const inner = evaluation.withNames(names);
    const isWanted = loop.condition === undefined || evaluateCondition(loop.condition, inner);
    if (isWanted === undefined) {
      return undefined;
    }
    if (!isWanted) {
      continue;
    }
    const key = evaluateKey(keyExpression, inner);
    const value = evaluateExpression(loop.value, inner);
    if (key === undefined || value === undefined) {
      return undefined;
    }
    const group = groups.get(key);
    if (loop.isGrouped && group !== undefined) {
      group.push(value);
    } else if (loop.isGrouped) {
      groups.set(key, [value]);
    } else if (single.has(key)) {
      const summary = `two items have the key ${JSON.stringify(key)}`;
      return evaluation.fail(
        keyExpression.range,
        summary,
        'Write "..." behind the value to gather them.',
      );
    }
    single.set(key, value);
  }
  return loop.isGrouped ? groups : single;
}
