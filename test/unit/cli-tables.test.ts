// Columns of tables, with colours and without.

import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { coloured, plain } from '../../src/cli/status-paint.ts';
import { table } from '../../src/cli/table.ts';

const rows = (paint: (state: string) => string): string[][] => [
  ['ID', 'Status', 'Created'],
  ['a', paint('running'), 'now'],
  ['bcd', paint('dead (stopped)'), 'before'],
  ['e', paint('of another kind'), ''],
];

test('Colours take no place in a table.', () => {
  const plainTable = table(rows(plain));
  assert.equal(
    plainTable,
    'ID   Status           Created\na    running          now\nbcd  dead (stopped)   before\ne    of another kind\n',
  );
  const colouredTable = table(rows(coloured));
  assert.notEqual(colouredTable, plainTable);
  assert.equal(stripVTControlCharacters(colouredTable), plainTable);
});
