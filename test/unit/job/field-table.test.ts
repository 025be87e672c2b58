import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fieldTable } from '../../../src/job/field-table.ts';
import { fieldTableMarkdown, rowsByBlock } from '../../helpers/field-table-markdown.ts';
import { repoRoot } from '../../helpers/repo-root.ts';

const begin = '<!-- field table: begin (UPDATE_DOCS=1 writes it again) -->\n';
const end = '<!-- field table: end -->\n';

describe('the field table', () => {
  it('gives a reason for everything that is warned of, and a way out of everything that is refused', () => {
    for (const row of fieldTable()) {
      const isSilent = row.note === '' && row.support !== 'honoured';
      assert.ok(!isSilent, `${row.block} ${row.name}`);
    }
  });

  it('has each name of a block once, in HCL and in the API', () => {
    for (const [block, rows] of rowsByBlock(fieldTable())) {
      const names = rows.flatMap((row) => (row.name === undefined ? [] : [row.name]));
      assert.deepEqual(names, [...new Set(names)], block);
      const api = rows.map((row) => row.api);
      // A label stands in its block's field and in no other; short forms have names of their own.
      assert.deepEqual(api, [...new Set(api)], block);
    }
  });

  it('refuses only what would be wrong to leave out', () => {
    const refused = fieldTable().filter(
      (row) => row.support === 'refused' && !row.note.startsWith('as '),
    );
    assert.deepEqual(
      refused.map((row) => `${row.block} ${row.name}`),
      [
        'job periodic {}',
        'job parameterized {}',
        'group.task template {}',
        'group.task artifact {}',
        'group.task secret {}',
      ],
    );
  });

  it('stands in docs/job-files.md as it is', () => {
    const path = join(repoRoot, 'docs', 'job-files.md');
    const text = readFileSync(path, 'utf8');
    const from = text.indexOf(begin) + begin.length;
    const to = text.indexOf(end);
    assert.ok(from >= begin.length && to >= from, 'the marks around the table are there');
    const table = `\n${fieldTableMarkdown(fieldTable())}\n`;
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(path, text.slice(0, from) + table + text.slice(to));
    } else {
      assert.equal(text.slice(from, to), table);
    }
  });
});
