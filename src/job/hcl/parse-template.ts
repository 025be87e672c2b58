/** Reads templates: texts in quotes, heredocs, and bare ones. Pure. */

import { leadingSpace, normalized, withoutTrailingSpace } from './characters.ts';
import { dedent } from './heredoc-dedent.ts';
import { parseDirective } from './parse-directive.ts';
import { parseExpressionTokens } from './parse-expression.ts';
import { decodeBare, decodeQuoted } from './string-literal.ts';
import type { Expression } from './syntax.ts';
import { buildTemplate, type Piece, type TextPiece } from './template-tree.ts';
import type { Token, TokenKind } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** Reads a text in quotes. */
export function parseQuoted(stream: TokenStream): Expression {
  const open = stream.read();
  const { pieces, isClosed } = parsePieces(stream, open, 'close-quote');
  const template = buildTemplate(stream, pieces, stream.rangeFrom(open.start));
  return isClosed ? template : stream.giveUp();
}

/** Reads a heredoc. */
export function parseHeredoc(stream: TokenStream): Expression {
  const open = stream.read();
  const { pieces, isClosed } = parsePieces(stream, open, 'close-heredoc');
  const isIndented = stream.source.text.charAt(open.start + 2) === '-';
  const range = stream.rangeFrom(open.start);
  const template = buildTemplate(stream, isIndented ? dedent(pieces) : pieces, range);
  return isClosed ? template : stream.giveUp();
}

/** Reads a template that is the whole text. */
export function parseBareTemplate(stream: TokenStream): Expression {
  const start = stream.peek();
  const { pieces } = parsePieces(stream, start, 'end');
  return buildTemplate(stream, pieces, stream.rangeFrom(start.start));
}

interface Pieces {
  readonly pieces: Piece[];
  readonly isClosed: boolean;
}

function parsePieces(stream: TokenStream, open: Token, end: TokenKind): Pieces {
  const pieces: Piece[] = [];
  let trimsNext = false;
  for (;;) {
    const token = stream.read();
    if (token.kind === end) {
      // Where a missing end of a directive is reported.
      pieces.push({ kind: 'end', range: stream.rangeOf(token) });
      return { pieces, isClosed: true };
    }
    if (token.kind === 'text') {
      pieces.push(textPiece(stream, token, end === 'close-quote', trimsNext));
      trimsNext = false;
    } else if (token.kind === 'open-interpolation' || token.kind === 'open-directive') {
      if (stream.text(token).endsWith('~')) {
        trimEnd(pieces);
      }
      pieces.push(parseSequence(stream, token, end));
      trimsNext = stream.source.text.charAt(stream.lastEnd - 2) === '~';
    } else if (token.kind === 'end') {
      reportUnclosed(stream, open, token, end);
      pieces.push({ kind: 'end', range: stream.rangeOf(token) });
      return { pieces, isClosed: false };
    } else {
      stream.fail(token, `unexpected ${stream.describe(token)} in a text`);
    }
  }
}

function reportUnclosed(stream: TokenStream, open: Token, token: Token, end: TokenKind): void {
  const isHeredoc = end === 'close-heredoc';
  const detail = `It starts in line ${stream.rangeOf(open).start.line}.`;
  stream.report(
    stream.rangeOf(token),
    `the ${isHeredoc ? 'heredoc' : 'text'} is not closed`,
    isHeredoc
      ? `${detail} Its closing word stands alone on a line, and a new line follows.`
      : detail,
  );
}

function textPiece(
  stream: TokenStream,
  token: Token,
  isQuoted: boolean,
  trims: boolean,
): TextPiece {
  const decoded = isQuoted ? decodeQuoted(stream, token) : decodeBare(stream.text(token));
  const text = normalized(decoded);
  const range = stream.rangeOf(token);
  return { kind: 'text', text: trims ? text.slice(leadingSpace(text)) : text, range };
}

/** `${~` and `%{~` take the white space from the text before them. */
function trimEnd(pieces: Piece[]): void {
  const last = pieces.at(-1);
  if (last?.kind === 'text') {
    pieces[pieces.length - 1] = { ...last, text: withoutTrailingSpace(last.text) };
  }
}

function parseSequence(stream: TokenStream, open: Token, end: TokenKind): Piece {
  return stream.withNewlines(false, () => {
    if (open.kind === 'open-directive') {
      return parseDirective(stream, open);
    }
    const expression = parseExpressionTokens(stream);
    const close = stream.peek();
    if (close.kind !== 'close-sequence') {
      failUnclosed(stream, open, close, end);
    }
    stream.read();
    return { kind: 'interpolation', expression, range: stream.rangeFrom(open.start) };
  });
}

function failUnclosed(stream: TokenStream, open: Token, close: Token, end: TokenKind): never {
  const isQuote = close.kind === 'close-quote' || close.kind === 'open-quote';
  if (close.kind === 'end' || (isQuote && end === 'close-quote')) {
    stream.fail(open, 'the "${" is not closed', 'Its "}" is missing.');
  }
  stream.fail(
    close,
    `expected "}" behind the expression, and read ${stream.describe(close)}`,
    'If "${" is meant for a shell, write "$${".',
  );
}
