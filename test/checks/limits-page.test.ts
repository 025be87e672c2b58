// docs/limits.md shows the table that the code works by.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { limitTableMarkdown } from '../helpers/limit-table-markdown.ts';
import { repoRoot } from '../helpers/repo-root.ts';

test('The table of docs/limits.md is the table of limits.', () => {
  const page = readFileSync(join(repoRoot, 'docs/limits.md'), 'utf8');
  const shown = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| `ERR'));
  const start = shown.findIndex((line) => line.startsWith('| option |'));
  const table = limitTableMarkdown();
  assert.equal(shown.slice(start, start + table.split('\n').length).join('\n'), table);
});

test('docs/limits.md describes every error code of groups and limits.', () => {
  const page = readFileSync(join(repoRoot, 'docs/limits.md'), 'utf8');
  const source = readFileSync(join(repoRoot, 'src/cgroup/cgroup-errors.ts'), 'utf8');
  const codes = [...source.matchAll(/'(?<code>ERR_[A-Z_]+)'/g)].map(
    ({ groups }) => groups?.['code'],
  );
  assert.ok(codes.length > 5);
  for (const code of codes) assert.match(page, new RegExp(`^\\| \`${code}\` \\|`, 'm'));
});
