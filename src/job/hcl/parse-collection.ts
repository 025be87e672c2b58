/** Reads `[…]` and `{…}`. Pure. */
import { parseExpressionTokens } from './parse-expression.ts';
import { parseFor } from './parse-for.ts';
import type { Expression, ObjectItem } from './syntax.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** Reads a tuple, or a `for` that makes one. */
export function parseTuple(stream: TokenStream): Expression {
  const open = stream.read();
  return stream.withNewlines(false, () => {
    if (stream.isWord('for')) {
      return parseFor(stream, open);
    }
    const items: Expression[] = [];
    while (stream.take(']') === undefined) {
      failAtEnd(stream, open, 'the list is not closed', 'Its "]" is missing.');
      items.push(parseExpressionTokens(stream));
      failAtEnd(stream, open, 'the list is not closed', 'Its "]" is missing.');
      const token = stream.peek();
      if (token.kind !== ']' && stream.take(',') === undefined) {
        stream.fail(
          token,
          `expected "," or "]" behind the item, and read ${stream.describe(token)}`,
        );
      }
    }
    return { kind: 'tuple', items, range: stream.rangeFrom(open.start) };
  });
}

/** Reads an object, or a `for` that makes one. */
export function parseObject(stream: TokenStream): Expression {
  const open = stream.read();
  if (stream.withNewlines(false, () => stream.isWord('for'))) {
    return stream.withNewlines(false, () => parseFor(stream, open));
  }
  const items: ObjectItem[] = [];
  stream.withNewlines(true, () => {
    while (stream.take('}') === undefined) {
      if (stream.take('newline') === undefined) {
        failAtEnd(stream, open, 'the object is not closed', 'Its "}" is missing.');
        items.push(parseItem(stream));
        failAtEnd(stream, open, 'the object is not closed', 'Its "}" is missing.');
        endItem(stream);
      }
    }
  });
  return { kind: 'object', items, range: stream.rangeFrom(open.start) };
}

function parseItem(stream: TokenStream): ObjectItem {
  const first = stream.peek();
  const key = keyOf(parseExpressionTokens(stream), stream, first);
  const separator = stream.peek();
  if (separator.kind !== '=' && separator.kind !== ':') {
    const read = stream.describe(separator);
    const detail = 'A key that is a variable is written in parentheses.';
    stream.fail(separator, `expected "=" and a value behind the key, and read ${read}`, detail);
  }
  stream.read();
  return { key, value: parseExpressionTokens(stream) };
}

/** A bare word is the key itself and not a variable. */
function keyOf(expression: Expression, stream: TokenStream, first: Token): Expression {
  const isBareWord =
    first.kind === 'identifier' &&
    ((expression.kind === 'traversal' && expression.steps.length === 0) ||
      expression.kind === 'literal');
  return isBareWord
    ? { kind: 'literal', value: stream.text(first), range: expression.range }
    : expression;
}

function endItem(stream: TokenStream): void {
  const token = stream.peek();
  if (token.kind === ',' || token.kind === 'newline') {
    stream.read();
  } else if (token.kind !== '}') {
    const read = stream.describe(token);
    stream.fail(token, `expected a new line, "," or "}" behind the value, and read ${read}`);
  }
}

function failAtEnd(stream: TokenStream, open: Token, summary: string, detail: string): void {
  if (stream.peek().kind === 'end') {
    stream.fail(open, summary, detail);
  }
}
