/** Reads the arguments of functions as what they are needed as. Pure. */
import type { HclNumber } from '../number.ts';
import {
  describeValue,
  isListValue,
  isMapValue,
  toBool,
  toNumber,
  toText,
  type Value,
} from '../value.ts';
import { FunctionFault } from './hcl-function.ts';

type Args = readonly Value[];

function wrong(args: Args, index: number, wanted: string): never {
  throw new FunctionFault(
    `expected ${wanted}, and read ${describeValue(args[index] ?? null)}`,
    index,
  );
}

/** An argument as text. */
export function textOf(args: Args, index: number): string {
  return toText(args[index] ?? null) ?? wrong(args, index, 'text');
}

/** An argument as number. */
export function numberOf(args: Args, index: number): HclNumber {
  return toNumber(args[index] ?? null) ?? wrong(args, index, 'a number');
}

/** An argument as a number that need not be exact. */
export function floatOf(args: Args, index: number): number {
  return Number(numberOf(args, index));
}

/** An argument as whole number of a size that can count something. */
export function integerOf(args: Args, index: number): number {
  const number = numberOf(args, index);
  return typeof number === 'number' && Number.isInteger(number)
    ? number
    : wrong(args, index, 'a whole number');
}

/** An argument as truth value. */
export function boolOf(args: Args, index: number): boolean {
  return toBool(args[index] ?? null) ?? wrong(args, index, 'true or false');
}

/** An argument as list. */
export function listOf(args: Args, index: number): readonly Value[] {
  const value = args[index] ?? null;
  return isListValue(value) ? value : wrong(args, index, 'a list');
}

/** An argument as list of texts. */
export function textsOf(args: Args, index: number): string[] {
  return listOf(args, index).map((item) => toText(item) ?? wrong(args, index, 'a list of texts'));
}

/** An argument as map. */
export function mapOf(args: Args, index: number): ReadonlyMap<string, Value> {
  const value = args[index] ?? null;
  return isMapValue(value) ? value : wrong(args, index, 'an object');
}

/** More items would fill the memory. */
export const maxItems = 1_000_000;

/** Refuses results that would fill the memory. */
export function checkSize(count: number): void {
  if (count > maxItems) {
    throw new FunctionFault(`the result would have more than ${maxItems} items`);
  }
}
