/** Reads the directives of templates: `%{if …}`, `%{for …}` and their ends. Pure. */
import { nearestName } from '../../nearest-name.ts';
import { parseExpressionTokens } from './parse-expression.ts';
import { parseForIntroduction } from './parse-for.ts';
import type { Piece } from './template-tree.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const words = ['if', 'else', 'endif', 'for', 'endfor'] as const;

/** Reads a directive whose `%{` has been taken, and its `}`. */
export function parseDirective(stream: TokenStream, open: Token): Piece {
  const token = stream.peek();
  if (token.kind !== 'identifier') {
    const detail = 'A plain "%{" is written "%%{".';
    stream.fail(token, 'expected if, else, endif, for or endfor behind "%{"', detail);
  }
  const written = stream.text(token);
  const word = words.find((name) => name === written);
  if (word === undefined) {
    const near = nearestName(written, words);
    const detail =
      near === undefined ? `Allowed are ${words.join(', ')}.` : `Did you mean "${near}"?`;
    stream.fail(token, `${JSON.stringify(written)} is no directive of templates`, detail);
  }
  if (word === 'for') {
    const introduction = parseForIntroduction(stream);
    close(stream, word);
    return { kind: 'for', ...introduction, range: stream.rangeFrom(open.start) };
  }
  stream.read();
  if (word === 'if') {
    const condition = parseExpressionTokens(stream);
    close(stream, word);
    return { kind: 'if', condition, range: stream.rangeFrom(open.start) };
  }
  close(stream, word);
  return { kind: word, range: stream.rangeFrom(open.start) };
}

function close(stream: TokenStream, word: string): void {
  const token = stream.peek();
  if (token.kind !== 'close-sequence') {
    stream.fail(token, `expected "}" behind "${word}", and read ${stream.describe(token)}`);
  }
  stream.read();
}
