/** `format` and `formatlist`: verbs of C, as Go has extended them. Pure. */
import { formatNumber } from '../number.ts';
import {
  describeValue,
  isListValue,
  isMapValue,
  toBool,
  toNumber,
  toText,
  type Value,
} from '../value.ts';
import { textOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';
import { writeJson } from './write-json.ts';

/** By name. */
export const formatFunctions: FunctionTable = {
  format: {
    parameters: ['format'],
    rest: 'values',
    call: (args) => format(textOf(args, 0), args.slice(1)),
  },
  formatlist: { parameters: ['format'], rest: 'lists', call: formatList },
};

const verb = /%([-+ 0#]*)(\*|\d+)?(?:\.(\d+))?(?:\[(\d+)\])?(.?)/gsu;

/** A wider field would fill the memory. */
const maxWidth = 10_000;

function format(pattern: string, values: readonly Value[]): string {
  let next = 0;
  const result = pattern.replace(
    verb,
    (
      written: string,
      flags: string,
      width?: string,
      precision?: string,
      at?: string,
      kind?: string,
    ) => {
      if (kind === '%') {
        return '%';
      }
      const index = at === undefined ? next : Number(at) - 1;
      const value = values[index];
      if (value === undefined) {
        throw new FunctionFault(`there is no value for ${JSON.stringify(written)}`);
      }
      next = index + 1;
      const digits = precision === undefined ? undefined : Number(precision);
      if (Number(width ?? 0) > maxWidth || (digits ?? 0) > 100) {
        throw new FunctionFault(`${JSON.stringify(written)} is too wide`, 0);
      }
      return pad(formatOne(kind ?? '', flags, digits, value, index + 1), flags, Number(width ?? 0));
    },
  );
  if (next < values.length && !/%[^%]*\[\d+\]/.test(pattern)) {
    throw new FunctionFault('there are more values than the format has verbs', next + 1);
  }
  return result;
}

function formatOne(
  kind: string,
  flags: string,
  precision: number | undefined,
  value: Value,
  argument: number,
): string {
  const wrong = (wanted: string): never => {
    throw new FunctionFault(
      `%${kind} needs ${wanted}, and this is ${describeValue(value)}`,
      argument,
    );
  };
  switch (kind) {
    case 'v':
      return isListValue(value) || isMapValue(value) || value === null
        ? writeJson(value)
        : (toText(value) ?? '');
    case 's': {
      const text = toText(value) ?? wrong('text');
      return precision === undefined ? text : [...text].slice(0, precision).join('');
    }
    case 'q':
      return JSON.stringify(toText(value) ?? wrong('text'));
    case 't':
      return String(toBool(value) ?? wrong('true or false'));
    case 'd':
      return signed(formatNumber(truncated(toNumber(value) ?? wrong('a number'))), flags);
    case 'b':
    case 'o':
    case 'x':
    case 'X': {
      const base = { b: 2, o: 8, x: 16, X: 16 }[kind];
      const text = BigInt(truncated(toNumber(value) ?? wrong('a number'))).toString(base);
      return signed(kind === 'X' ? text.toUpperCase() : text, flags);
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      const number = Number(toNumber(value) ?? wrong('a number'));
      const text = formatFloat(kind.toLowerCase(), number, precision);
      return signed(kind === 'E' || kind === 'G' ? text.toUpperCase() : text, flags);
    }
    default:
      throw new FunctionFault(
        `"%${kind}" is no verb: use %s, %q, %d, %f, %g, %e, %t, %x, %v or %%`,
        0,
      );
  }
}

function truncated(value: number | bigint): number | bigint {
  return typeof value === 'bigint' ? value : Math.trunc(value) + 0;
}

function formatFloat(kind: string, value: number, precision: number | undefined): string {
  if (kind === 'f') {
    return value.toFixed(precision ?? 6);
  }
  const text = kind === 'e' ? value.toExponential(precision ?? 6) : formatGeneral(value, precision);
  // Exponents have two digits at least.
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function formatGeneral(value: number, precision: number | undefined): string {
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const isShort = exponent >= -4 && exponent < (precision ?? 21);
  const rounded =
    precision === undefined ? value : Number(value.toPrecision(Math.max(1, precision)));
  return isShort ? formatNumber(rounded) : rounded.toExponential();
}

function signed(text: string, flags: string): string {
  if (text.startsWith('-')) {
    return text;
  }
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

function pad(text: string, flags: string, width: number): string {
  const missing = width - [...text].length;
  if (missing <= 0) {
    return text;
  }
  if (flags.includes('-')) {
    return text + ' '.repeat(missing);
  }
  if (flags.includes('0')) {
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + '0'.repeat(missing) + text.slice(sign.length);
  }
  return ' '.repeat(missing) + text;
}

/** Formats once for each item of the lists; what is no list is the same each time. */
function formatList(args: readonly Value[]): Value {
  const lists = args.slice(1);
  const lengths = lists.filter(isListValue).map((list) => list.length);
  const length = lengths[0] ?? 1;
  if (lengths.some((other) => other !== length)) {
    throw new FunctionFault(`the lists have different lengths: ${lengths.join(', ')}`);
  }
  return Array.from({ length }, (_, index) =>
    format(
      textOf(args, 0),
      lists.map((list) => (isListValue(list) ? (list[index] ?? null) : list)),
    ),
  );
}
