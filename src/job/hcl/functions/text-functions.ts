/** Functions of texts. Pure. */
import { leadingSpace, withoutTrailingSpace } from '../characters.ts';
import { graphemesOf } from '../graphemes.ts';
import type { Value } from '../value.ts';
import { integerOf, textOf, textsOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';

/** By name. */
export const textFunctions: FunctionTable = {
  chomp: { parameters: ['text'], call: (args) => textOf(args, 0).replace(/[\r\n]+$/, '') },
  indent: { parameters: ['spaces', 'text'], call: indent },
  join: { parameters: ['separator'], rest: 'lists', call: join },
  lower: { parameters: ['text'], call: (args) => textOf(args, 0).toLowerCase() },
  upper: { parameters: ['text'], call: (args) => textOf(args, 0).toUpperCase() },
  title: {
    parameters: ['text'],
    call: (args) =>
      textOf(args, 0).replace(
        /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
        (_all, before: string, letter: string) => before + letter.toUpperCase(),
      ),
  },
  replace: { parameters: ['text', 'search', 'replacement'], call: replace },
  split: {
    parameters: ['separator', 'text'],
    call: (args) => textOf(args, 1).split(textOf(args, 0)),
  },
  strrev: {
    parameters: ['text'],
    call: (args) => graphemesOf(textOf(args, 0)).reverse().join(''),
  },
  strlen: { parameters: ['text'], call: (args) => graphemesOf(textOf(args, 0)).length },
  substr: { parameters: ['text', 'offset', 'length'], call: substring },
  startswith: {
    parameters: ['text', 'prefix'],
    call: (args) => textOf(args, 0).startsWith(textOf(args, 1)),
  },
  endswith: {
    parameters: ['text', 'suffix'],
    call: (args) => textOf(args, 0).endsWith(textOf(args, 1)),
  },
  trim: { parameters: ['text', 'characters'], call: trim },
  trimprefix: {
    parameters: ['text', 'prefix'],
    call: (args) => {
      const [text, prefix] = [textOf(args, 0), textOf(args, 1)];
      return text.startsWith(prefix) ? text.slice(prefix.length) : text;
    },
  },
  trimsuffix: {
    parameters: ['text', 'suffix'],
    call: (args) => {
      const [text, suffix] = [textOf(args, 0), textOf(args, 1)];
      return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
    },
  },
  trimspace: {
    parameters: ['text'],
    call: (args) => {
      const text = withoutTrailingSpace(textOf(args, 0));
      return text.slice(leadingSpace(text));
    },
  },
};

function indent(args: readonly Value[]): string {
  const spaces = integerOf(args, 0);
  if (spaces < 0 || spaces > 1000) {
    throw new FunctionFault('the number of spaces must be between 0 and 1000', 0);
  }
  return textOf(args, 1).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

function join(args: readonly Value[]): string {
  if (args.length < 2) {
    throw new FunctionFault('there is no list to join');
  }
  const lists = args.slice(1).flatMap((_, index) => textsOf(args, index + 1));
  return lists.join(textOf(args, 0));
}

function replace(args: readonly Value[]): string {
  const [text, search, replacement] = [textOf(args, 0), textOf(args, 1), textOf(args, 2)];
  return text.split(search).join(replacement);
}

function substring(args: readonly Value[]): string {
  const characters = graphemesOf(textOf(args, 0));
  const offset = integerOf(args, 1);
  const length = integerOf(args, 2);
  const start = offset < 0 ? Math.max(0, offset + characters.length) : offset;
  if (length < -1) {
    throw new FunctionFault('the length must be -1, for the rest, or a count', 2);
  }
  return characters.slice(start, length === -1 ? undefined : start + length).join('');
}

function trim(args: readonly Value[]): string {
  const characters = [...textOf(args, 0)];
  const cut = new Set(textOf(args, 1));
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? '')) {
    start++;
  }
  while (end > start && cut.has(characters[end - 1] ?? '')) {
    end--;
  }
  return characters.slice(start, end).join('');
}
