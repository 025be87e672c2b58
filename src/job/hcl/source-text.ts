/** The text of a file, and where in it something stands, as people count lines and columns. Pure. */
import { graphemeStarts, isPlainText } from './graphemes.ts';
import type { Position, Range } from './syntax.ts';

/** Where a text starts that is not a file of its own. */
export const firstPosition: Position = { line: 1, column: 1, offset: 0 };

/** A text with its name. Finding places is quick when they are asked for in their order. */
export class SourceText {
  readonly text: string;
  readonly filename: string;
  readonly #base: Position;
  readonly #lineStarts: number[] = [0];
  readonly #isPlain: boolean;
  /** Where the characters of a line start, for lines in which some are longer than a code unit; null for plain ones. */
  readonly #clusters = new Map<number, readonly number[] | null>();
  #line = 0;

  constructor(text: string, filename: string, base: Position = firstPosition) {
    this.text = text;
    this.filename = filename;
    this.#base = base;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1);
    }
    this.#isPlain = isPlainText(text);
  }

  /** The part between two offsets. */
  range(start: number, end: number): Range {
    return { filename: this.filename, start: this.position(start), end: this.position(end) };
  }

  /** The place at an offset. */
  position(offset: number): Position {
    const line = this.#findLine(offset);
    const inLine = offset - (this.#lineStarts[line] ?? 0);
    const column = this.#isPlain ? inLine : this.#clustersBefore(line, inLine);
    return {
      line: line + this.#base.line,
      column: column + (line === 0 ? this.#base.column : 1),
      offset: offset + this.#base.offset,
    };
  }

  #findLine(offset: number): number {
    const starts = this.#lineStarts;
    const isIn = (line: number): boolean => {
      const start = starts[line];
      const next = starts[line + 1] ?? Number.POSITIVE_INFINITY;
      return start !== undefined && offset >= start && offset < next;
    };
    if (!isIn(this.#line)) {
      this.#line = isIn(this.#line + 1) ? this.#line + 1 : lastAtMost(starts, offset);
    }
    return this.#line;
  }

  #clustersBefore(line: number, inLine: number): number {
    let clusters = this.#clusters.get(line);
    if (clusters === undefined) {
      const text = this.text.slice(this.#lineStarts[line], this.#lineStarts[line + 1]);
      clusters = isPlainText(text) ? null : [...graphemeStarts(text), text.length];
      this.#clusters.set(line, clusters);
    }
    return clusters === null ? inLine : lastAtMost(clusters, inLine);
  }
}

/** Index of the last item that is at most `limit`, in a rising list whose first item is. */
function lastAtMost(rising: readonly number[], limit: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rising[middle] ?? 0) <= limit) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
