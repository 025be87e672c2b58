/** Functions of numbers. Pure. */
import { calculate, compareNumbers, negate } from '../arithmetic.ts';
import { fromFloat, fromInteger, type HclNumber } from '../number.ts';
import type { Value } from '../value.ts';
import { floatOf, integerOf, numberOf, textOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** By name. */
export const numericFunctions: FunctionTable = {
  abs: {
    parameters: ['number'],
    call: (args) => (numberOf(args, 0) < 0 ? negate(numberOf(args, 0)) : numberOf(args, 0)),
  },
  ceil: { parameters: ['number'], call: (args) => rounded(numberOf(args, 0), Math.ceil) },
  floor: { parameters: ['number'], call: (args) => rounded(numberOf(args, 0), Math.floor) },
  int: { parameters: ['number'], call: (args) => rounded(numberOf(args, 0), Math.trunc) },
  log: {
    parameters: ['number', 'base'],
    call: (args) => finite(Math.log(floatOf(args, 0)) / Math.log(floatOf(args, 1))),
  },
  max: { parameters: ['number'], rest: 'numbers', call: (args) => furthest(args, 1) },
  min: { parameters: ['number'], rest: 'numbers', call: (args) => furthest(args, -1) },
  parseint: { parameters: ['text', 'base'], call: parseInteger },
  pow: { parameters: ['number', 'power'], call: power },
  signum: {
    parameters: ['number'],
    call: (args) => compareNumbers(numberOf(args, 0), 0),
  },
};

function rounded(value: HclNumber, round: (value: number) => number): HclNumber {
  return typeof value === 'bigint' ? value : finite(round(value));
}

function finite(value: number): HclNumber {
  const number = fromFloat(value);
  if (number === undefined) {
    throw new FunctionFault('the result is no number');
  }
  return number;
}

function furthest(args: readonly Value[], direction: number): HclNumber {
  return args
    .map((_, index) => numberOf(args, index))
    .reduce((best, next) => (compareNumbers(next, best) === direction ? next : best));
}

function parseInteger(args: readonly Value[]): HclNumber {
  const text = textOf(args, 0);
  const base = integerOf(args, 1);
  if (base < 2 || base > 62) {
    throw new FunctionFault('the base must be between 2 and 62', 1);
  }
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.slice(0, base);
  const written = text.replace(/^[+-]/, '');
  let value = 0n;
  for (const digit of base <= 36 ? written.toLowerCase() : written) {
    const worth = digits.indexOf(digit);
    if (worth === -1) {
      throw new FunctionFault(`${JSON.stringify(text)} is no whole number to base ${base}`, 0);
    }
    value = value * BigInt(base) + BigInt(worth);
  }
  const number = written === '' ? undefined : fromInteger(text.startsWith('-') ? -value : value);
  if (number === undefined) {
    throw new FunctionFault(`${JSON.stringify(text)} is no whole number to base ${base}`, 0);
  }
  return number;
}

function power(args: readonly Value[]): HclNumber {
  const base = numberOf(args, 0);
  const exponent = numberOf(args, 1);
  const isExact = typeof exponent === 'number' && Number.isInteger(exponent) && exponent >= 0;
  if (!isExact || exponent > 4096) {
    return finite(Number(base) ** Number(exponent));
  }
  let result: HclNumber | undefined = 1;
  for (let count = 0; count < exponent && result !== undefined; count++) {
    result = calculate('*', result, base);
  }
  if (result === undefined) {
    throw new FunctionFault('the result is too large');
  }
  return result;
}
