/** The dedent of `<<-`. Pure. */
import { leadingSpace } from './characters.ts';
import type { Piece } from './template-tree.ts';

/**
 * Takes from each line the white space that all lines start with. A line of nothing else does not count, and stays as it is;
 * the line of the closing word does not count either.
 */
export function dedent(pieces: readonly Piece[]): Piece[] {
  const firsts = lineStarts(pieces);
  let least = Number.POSITIVE_INFINITY;
  for (const index of firsts) {
    const piece = pieces[index];
    least = Math.min(least, piece?.kind === 'text' ? leadingSpace(piece.text) : 0);
  }
  if (least === 0 || least === Number.POSITIVE_INFINITY) {
    return [...pieces];
  }
  const isFirst = new Set(firsts);
  return pieces.map((piece, index) =>
    piece.kind === 'text' && isFirst.has(index)
      ? { ...piece, text: piece.text.slice(least) }
      : piece,
  );
}

/** Indexes of the pieces that start a line which counts. */
function lineStarts(pieces: readonly Piece[]): number[] {
  const indexes: number[] = [];
  let isStart = true;
  for (const [index, piece] of pieces.entries()) {
    if (isStart && piece.kind !== 'end') {
      isStart = false;
      const isBlank =
        piece.kind === 'text' &&
        piece.text.endsWith('\n') &&
        leadingSpace(piece.text) === piece.text.length;
      if (!isBlank) {
        indexes.push(index);
      }
    }
    if (piece.kind === 'text' && piece.text.endsWith('\n')) {
      isStart = true;
    }
  }
  return indexes;
}
