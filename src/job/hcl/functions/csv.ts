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

const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function readRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length || row.length > 0) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (match === null) {
      throw new FunctionFault(`a quote is out of place in row ${rows.length + 1}`, 0);
    }
    const [all, quoted, plain = '', end] = match;
    at += all.length;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ',') {
      if (row.length > 1 || row[0] !== '' || quoted !== undefined) {
        rows.push(row); // Lines with nothing in them are no rows.
      }
      row = [];
    }
  }
  return rows;
}
