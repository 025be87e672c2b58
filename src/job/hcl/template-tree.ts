/** Makes a tree of the pieces of a template. Pure. */
import type { Expression, Range, TemplatePart } from './syntax.ts';
import type { TokenStream } from './token-stream.ts';

/** A piece of text. In a heredoc each line has its own. */
export interface TextPiece {
  readonly kind: 'text';
  readonly text: string;
  readonly range: Range;
}

/** A piece of a template, before what belongs together is found. */
export type Piece =
  | TextPiece
  | { readonly kind: 'interpolation'; readonly expression: Expression; readonly range: Range }
  | { readonly kind: 'if'; readonly condition: Expression; readonly range: Range }
  | {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expression;
      readonly range: Range;
    }
  | { readonly kind: 'else' | 'endif' | 'endfor' | 'end'; readonly range: Range };

/** Makes an expression of pieces, the last of which is the end. Text alone becomes a literal. */
export function buildTemplate(
  stream: TokenStream,
  pieces: readonly Piece[],
  range: Range,
): Expression {
  const reader: PieceReader = { stream, pieces, index: 0 };
  const parts: TemplatePart[] = [];
  for (;;) {
    readParts(reader, parts);
    const piece = peek(reader);
    if (piece.kind === 'end') {
      break;
    }
    stream.report(piece.range, `"%{${piece.kind}}" without its beginning`);
    reader.index++;
  }
  const [first] = parts;
  if (first === undefined) {
    return { kind: 'literal', value: '', range };
  }
  return first.kind === 'text' && parts.length === 1
    ? { kind: 'literal', value: first.text, range }
    : { kind: 'template', parts, range };
}

interface PieceReader {
  readonly stream: TokenStream;
  readonly pieces: readonly Piece[];
  index: number;
}

type Marker = Extract<Piece, { kind: 'else' | 'endif' | 'endfor' | 'end' }>;

function peek(reader: PieceReader): Piece {
  const piece = reader.pieces[Math.min(reader.index, reader.pieces.length - 1)];
  if (piece === undefined) {
    throw new Error('a template without its end'); // It always has one.
  }
  return piece;
}

/** Reads parts up to a marker, which stays. Neighbouring texts become one. */
function readParts(reader: PieceReader, parts: TemplatePart[]): Marker {
  let texts: TextPiece[] = [];
  const flush = (): void => {
    const [first] = texts;
    const last = texts.at(-1);
    if (first !== undefined && last !== undefined) {
      const text = texts.map((piece) => piece.text).join('');
      parts.push({ kind: 'text', text, range: { ...first.range, end: last.range.end } });
      texts = [];
    }
  };
  for (;;) {
    const piece = peek(reader);
    if (piece.kind === 'text') {
      texts.push(piece);
      reader.index++;
      continue;
    }
    flush();
    switch (piece.kind) {
      case 'interpolation':
        reader.index++;
        parts.push(piece);
        break;
      case 'if':
        reader.index++;
        parts.push(reader.stream.deeper(() => readIf(reader, piece)));
        break;
      case 'for':
        reader.index++;
        parts.push(reader.stream.deeper(() => readFor(reader, piece)));
        break;
      default:
        return piece;
    }
  }
}

function readIf(reader: PieceReader, open: Extract<Piece, { kind: 'if' }>): TemplatePart {
  const then: TemplatePart[] = [];
  const otherwise: TemplatePart[] = [];
  let marker = readParts(reader, then);
  if (marker.kind === 'else') {
    reader.index++;
    marker = readParts(reader, otherwise);
  }
  endDirective(reader, marker, 'endif', open.range);
  const range = { ...open.range, end: marker.range.end };
  return { kind: 'if', condition: open.condition, then, otherwise, range };
}

function readFor(reader: PieceReader, open: Extract<Piece, { kind: 'for' }>): TemplatePart {
  const body: TemplatePart[] = [];
  const marker = readParts(reader, body);
  endDirective(reader, marker, 'endfor', open.range);
  return { ...open, body, range: { ...open.range, end: marker.range.end } };
}

function endDirective(
  reader: PieceReader,
  marker: Marker,
  wanted: 'endif' | 'endfor',
  open: Range,
): void {
  if (marker.kind !== 'end') {
    reader.index++;
  }
  if (marker.kind !== wanted) {
    const found = marker.kind === 'end' ? 'the end of the text' : `"%{${marker.kind}}"`;
    const detail = `It belongs to the directive in line ${open.start.line}, column ${open.start.column}.`;
    reader.stream.report(marker.range, `expected "%{${wanted}}", and read ${found}`, detail);
  }
}
