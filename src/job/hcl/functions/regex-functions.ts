/** Functions of regular expressions. They are JavaScript's, which know nearly all that Go's know. Pure. */
import type { Value } from '../value.ts';
import { textOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** By name. */
export const regexFunctions: FunctionTable = {
  regex: { parameters: ['pattern', 'text'], call: first },
  regexall: {
    parameters: ['pattern', 'text'],
    call: (args) => Array.from(textOf(args, 1).matchAll(compile(args, 0)), matchValue),
  },
  regex_replace: {
    parameters: ['text', 'pattern', 'replacement'],
    call: (args) => textOf(args, 0).replace(compile(args, 1), substitution(textOf(args, 2))),
  },
};

function first(args: readonly Value[]): Value {
  const match = compile(args, 0).exec(textOf(args, 1));
  if (match === null) {
    throw new FunctionFault('the pattern does not match the text', 1);
  }
  return matchValue(match);
}

/** The whole match, or the list of its groups, or the object of its named groups. */
function matchValue(match: RegExpExecArray): Value {
  if (match.groups !== undefined) {
    return new Map(Object.entries(match.groups).map(([name, text]) => [name, orNull(text)]));
  }
  return match.length === 1 ? match[0] : match.slice(1).map(orNull);
}

function orNull(text: string | undefined): Value {
  return text ?? null;
}

function compile(args: readonly Value[], index: number): RegExp {
  const written = textOf(args, index);
  const flags = /^\(\?([ims]+)\)/.exec(written);
  const body = written
    .slice(flags?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^')
    .replace(/\[\[:(\w+):\]\]/g, (all, name: string) => classes[name] ?? all);
  try {
    return new RegExp(body, `gu${[...new Set(flags?.[1])].join('')}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FunctionFault(reason, index);
  }
}

const classes: Readonly<Record<string, string>> = {
  alnum: '[0-9A-Za-z]',
  alpha: '[A-Za-z]',
  digit: '[0-9]',
  lower: '[a-z]',
  space: '\\s',
  upper: '[A-Z]',
  xdigit: '[0-9A-Fa-f]',
};

/** Go writes `${1}`, `${name}` and `$1`; JavaScript `$1` and `$<name>`. */
function substitution(replacement: string): string {
  return replacement.replace(/\$(?:\{(\w+)\}|(\w+)|\$)/g, (all, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) {
      return all;
    }
    return name === '0' ? '$&' : /^\d+$/.test(name) ? `$${name}` : `$<${name}>`;
  });
}
