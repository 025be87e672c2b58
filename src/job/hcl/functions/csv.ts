/** Reads tables of values with commas between them (RFC 4180). Pure. */
import type { Value } from '../value.ts';
import { FunctionFault } from './hcl-function.ts';

/** A list of objects, one for each row; the first row names the columns. */
export function readCsv(text: string): Value {
  const [names, ...rows] = readRows(text);
  if (names === undefined) {
    throw new FunctionFault('the first line, with the names of the columns, is missing', 0);
  }
  if (new Set(names).size !== names.length) {
    throw new FunctionFault('two columns have the same name', 0);
  }
  return rows.map((row, index) => {
    if (row.length !== names.length) {
      const problem = `row ${index + 1} has ${row.length} values for ${names.length} columns`;
      throw new FunctionFault(problem, 0);
    }
    return new Map(names.map((name, at) => [name, row[at] ?? '']));
  });
}

const plain = /[^",\r\n]*/y;
const separator = /,|\r?\n|$/y;

function readRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length || row.length > 0) {
    const isQuoted = text.charAt(at) === '"';
    const end = isQuoted ? quotedEnd(text, at) : match(plain, text, at);
    const next = end === undefined ? undefined : match(separator, text, end);
    if (end === undefined || next === undefined) {
      throw new FunctionFault(`a quote is out of place in row ${rows.length + 1}`, 0);
    }
    row.push(isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end));
    if (text.charAt(end) !== ',') {
      if (row.length > 1 || row[0] !== '' || isQuoted) {
        rows.push(row); // Lines with nothing in them are no rows.
      }
      row = [];
    }
    at = next;
  }
  return rows;
}

/** Where a match at `at` ends. */
function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Behind the closing quote: a pair of quotes stands for one of the text. */
function quotedEnd(text: string, start: number): number | undefined {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && text.charAt(at + 1) === '"') {
    at = text.indexOf('"', at + 2);
  }
  return at === -1 ? undefined : at + 1;
}
