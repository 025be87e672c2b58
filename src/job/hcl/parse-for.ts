/** Reads `for` expressions. Pure. */
import { parseExpressionTokens } from './parse-expression.ts';
import type { Expression } from './syntax.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** The names and the collection of a `for`. */
export interface ForIntroduction {
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
}

/** Reads `for k, v in collection`, of an expression or of a template. */
export function parseForIntroduction(stream: TokenStream): ForIntroduction {
  stream.read();
  const detail = 'It is written for value in list, or for key, value in map.';
  const first = stream.text(stream.expect('identifier', 'expected a name behind "for"', detail));
  const isPair = stream.take(',') !== undefined;
  const second = isPair
    ? stream.text(stream.expect('identifier', 'expected the second name of "for"', detail))
    : undefined;
  if (!stream.isWord('in')) {
    const token = stream.peek();
    stream.fail(token, `expected "in", and read ${stream.describe(token)}`, detail);
  }
  stream.read();
  const collection = parseExpressionTokens(stream);
  return { keyName: isPair ? first : undefined, valueName: second ?? first, collection };
}

/** Reads a `for` whose `[` or `{` has been taken. Line ends do not matter in it. */
export function parseFor(stream: TokenStream, open: Token): Expression {
  const isObject = open.kind === '{';
  const introduction = parseForIntroduction(stream);
  const colon = stream.peek();
  if (stream.take(':') === undefined) {
    stream.fail(colon, `expected ":" behind the collection, and read ${stream.describe(colon)}`);
  }
  let value = parseExpressionTokens(stream);
  let key: Expression | undefined;
  const arrow = stream.take('=>');
  if (arrow !== undefined) {
    key = value;
    value = parseExpressionTokens(stream);
  }
  const dots = stream.take('...');
  let condition: Expression | undefined;
  if (stream.isWord('if')) {
    stream.read();
    condition = parseExpressionTokens(stream);
  }
  const close = stream.peek();
  const closer = isObject ? '}' : ']';
  if (close.kind !== closer) {
    stream.fail(close, `expected "${closer}" behind "for", and read ${stream.describe(close)}`);
  }
  stream.read();
  checkForm(stream, isObject, arrow, dots, close);
  const range = stream.rangeFrom(open.start);
  return {
    kind: 'for',
    ...introduction,
    key,
    value,
    condition,
    isGrouped: dots !== undefined,
    range,
  };
}

function checkForm(
  stream: TokenStream,
  isObject: boolean,
  arrow: Token | undefined,
  dots: Token | undefined,
  close: Token,
): void {
  if (isObject && arrow === undefined) {
    const summary = 'a "for" that makes an object needs a key';
    stream.report(stream.rangeOf(close), summary, 'Write {for … : key => value}.');
  }
  if (!isObject && arrow !== undefined) {
    const summary = 'a "for" that makes a list has no key';
    stream.report(stream.rangeOf(arrow), summary, 'Write [for … : value].');
  }
  if (!isObject && dots !== undefined) {
    const summary = '"..." gathers the values of equal keys, and a list has none';
    stream.report(stream.rangeOf(dots), summary, 'Remove it.');
  }
}
