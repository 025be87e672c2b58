// A page for each command, with the help that the command gives.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { commandEntries } from '../../src/cli/commands.ts';
import { runCli } from '../helpers/command-line.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const begin = '<!-- help: begin (UPDATE_DOCS=1 writes it again) -->\n';
const end = '<!-- help: end -->\n';
const folder = join(repoRoot, 'docs', 'commands');

test('There is a page for each command, and no other.', () => {
  const pages = readdirSync(folder).map((file) => file.replace(/\.md$/, ''));
  assert.deepEqual(pages.toSorted(), commandEntries.map(({ name }) => name).toSorted());
  const index = readFileSync(join(repoRoot, 'docs', 'cli.md'), 'utf8');
  for (const { name } of commandEntries) {
    assert.ok(index.includes(`(commands/${name}.md)`), `docs/cli.md does not name ${name}`);
  }
});

for (const { name } of commandEntries) {
  test(`docs/commands/${name}.md has the help of the command.`, async () => {
    const path = join(folder, `${name}.md`);
    const text = readFileSync(path, 'utf8');
    const from = text.indexOf(begin) + begin.length;
    const to = text.indexOf(end);
    assert.ok(from >= begin.length && to >= from, 'the marks around the help are there');
    const { stdout, code } = await runCli(['help', name], { env: { COLUMNS: '100' } });
    assert.equal(code, 0);
    const help = `\n\`\`\`text\n${stdout.trim()}\n\`\`\`\n\n`;
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(path, text.slice(0, from) + help + text.slice(to));
    } else {
      assert.equal(text.slice(from, to), help);
    }
  });
}
