// Pure: the words of a filter expression, each with its place.

export type FilterToken = { readonly at: number } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'end' }
);

/** What is wrong with a filter, and where: the number of characters before it. */
export class FilterError extends Error {
  readonly at: number;

  constructor(at: number, why: string) {
    super(why);
    this.at = at;
  }
}

/** Names and numbers; a name may hold what ids hold. */
const word = /[A-Za-z0-9_+-][A-Za-z0-9_/:+-]*/y;
const blanks = /\s+/y;
/** Other numbers than whole ones, which are words. */
const decimal = /-?\d+\.\d+(?![\w.-])/y;
const sign = /==|!=|[().[\]]/y;
const rawText = /`([^`]*)`/y;
const quotedText = /"(?:[^"\\]|\\.)*"/sy;

export function readTokens(source: string): readonly FilterToken[] {
  const tokens: FilterToken[] = [];
  for (let at = 0; at < source.length; ) {
    const take = (pattern: RegExp): RegExpExecArray | undefined => {
      pattern.lastIndex = at;
      return pattern.exec(source) ?? undefined;
    };
    const space = take(blanks);
    if (space !== undefined) {
      at += space[0].length;
      continue;
    }
    const found = readText(at, take) ?? readPlain(at, take);
    if (found === undefined) throw new FilterError(at, whatIsWrong(source, at));
    tokens.push(found.token);
    at += found.length;
  }
  return [...tokens, { kind: 'end', at: source.length }];
}

type Take = (pattern: RegExp) => RegExpExecArray | undefined;
interface Found {
  readonly token: FilterToken;
  readonly length: number;
}

function readText(at: number, take: Take): Found | undefined {
  const raw = take(rawText);
  if (raw !== undefined)
    return { token: { kind: 'text', text: raw[1] ?? '', at }, length: raw[0].length };
  const quoted = take(quotedText);
  if (quoted === undefined) return undefined;
  try {
    const text = JSON.parse(quoted[0]) as string;
    return { token: { kind: 'text', text, at }, length: quoted[0].length };
  } catch {
    throw new FilterError(at, `${quoted[0]} has a \\ that begins no character`);
  }
}

function readPlain(at: number, take: Take): Found | undefined {
  const found = take(sign);
  if (found !== undefined)
    return { token: { kind: 'sign', text: found[0], at }, length: found[0].length };
  const name = take(decimal) ?? take(word);
  if (name === undefined) return undefined;
  return { token: { kind: 'word', text: name[0], at }, length: name[0].length };
}

function whatIsWrong(source: string, at: number): string {
  const [character = ''] = source.slice(at);
  return character === '"' || character === '`'
    ? `the text that begins here has no ${character} at its end`
    : `${JSON.stringify(character)} begins nothing`;
}
