/** Reads expressions: operators and what stands between them. Pure. */
import { isNumberForm, parseNumber } from './number.ts';
import { parseCall } from './parse-call.ts';
import { parseObject, parseTuple } from './parse-collection.ts';
import { parsePostfix } from './parse-postfix.ts';
import { parseHeredoc, parseQuoted } from './parse-template.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import type { Token, TokenKind } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** How strongly operators bind; all of them group from the left. */
const strengths: ReadonlyMap<TokenKind, { operator: BinaryOperator; strength: number }> = new Map(
  (
    [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']] as const
  ).flatMap((level, index) =>
    level.map((operator) => [operator, { operator, strength: index + 1 }] as const),
  ),
);

/** A tree of more operators in a row would be too deep to walk. */
const maxOperatorsInARow = 500;

/** Reads one expression. */
export function parseExpressionTokens(stream: TokenStream): Expression {
  return stream.deeper(() => parseConditional(stream));
}

function parseConditional(stream: TokenStream): Expression {
  const start = stream.peek().start;
  const condition = parseBinary(stream, 1);
  if (stream.take('?') === undefined) {
    return condition;
  }
  const then = parseExpressionTokens(stream);
  stream.expect(
    ':',
    `expected ":" and the other value of the condition, and read ${stream.describe(stream.peek())}`,
    'A condition is written condition ? value : otherwise.',
  );
  const otherwise = parseExpressionTokens(stream);
  return { kind: 'conditional', condition, then, otherwise, range: stream.rangeFrom(start) };
}

function parseBinary(stream: TokenStream, weakest: number): Expression {
  const start = stream.peek().start;
  let left = parseOperand(stream);
  for (let count = 0; ; count++) {
    const token = stream.peek();
    const found = strengths.get(token.kind);
    if (found === undefined || found.strength < weakest) {
      return left;
    }
    if (count >= maxOperatorsInARow) {
      stream.fail(token, `more than ${maxOperatorsInARow} operators in a row`);
    }
    stream.read();
    const { operator, strength } = found;
    const right = parseBinary(stream, strength + 1);
    left = { kind: 'binary', operator, left, right, range: stream.rangeFrom(start) };
  }
}

/** A term with the steps and indexes behind it. */
function parseOperand(stream: TokenStream): Expression {
  const token = stream.peek();
  if (token.kind === '-' || token.kind === '!') {
    stream.read();
    const operand = stream.deeper(() => parseOperand(stream));
    return { kind: 'unary', operator: token.kind, operand, range: stream.rangeFrom(token.start) };
  }
  return parsePostfix(stream, parseTerm(stream), token.start);
}

function parseTerm(stream: TokenStream): Expression {
  const token = stream.peek();
  switch (token.kind) {
    case 'number':
      stream.read();
      return parseNumberToken(stream, token);
    case 'identifier':
      stream.read();
      return parseWord(stream, token);
    case 'open-quote':
      return parseQuoted(stream);
    case 'open-heredoc':
      return parseHeredoc(stream);
    case '(':
      return parseParentheses(stream);
    case '[':
      return parseTuple(stream);
    case '{':
      return parseObject(stream);
    default:
      return stream.fail(token, `expected a value, and read ${stream.describe(token)}`);
  }
}

function parseNumberToken(stream: TokenStream, token: Token): Expression {
  const range = stream.rangeOf(token);
  const value = parseNumber(stream.text(token));
  if (value === undefined) {
    const isNumber = isNumberForm(stream.text(token));
    stream.report(range, isNumber ? 'the number is too large' : 'this is no number');
  }
  return { kind: 'literal', value: value ?? 0, range };
}

const keywords: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function parseWord(stream: TokenStream, token: Token): Expression {
  const next = stream.peek().kind;
  if (next === '(' || next === '::') {
    return parseCall(stream, token);
  }
  const name = stream.text(token);
  const range = stream.rangeOf(token);
  const value = keywords.get(name);
  return value === undefined
    ? { kind: 'traversal', root: name, rootRange: range, steps: [], text: name, range }
    : { kind: 'literal', value, range };
}

function parseParentheses(stream: TokenStream): Expression {
  const open = stream.read();
  const inner = stream.withNewlines(false, () => {
    const expression = parseExpressionTokens(stream);
    const read = stream.describe(stream.peek());
    stream.expect(')', `expected ")", and read ${read}`);
    return expression;
  });
  return { kind: 'parentheses', inner, range: stream.rangeFrom(open.start) };
}
