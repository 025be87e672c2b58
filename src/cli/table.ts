// Pure: rows of text as columns.

import { stripVTControlCharacters } from 'node:util';

/** Columns of equal width, two blanks between; nothing behind the last one. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Colours take no place. */
function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
