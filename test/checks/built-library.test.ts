// The built library as a user's program meets it: its names and its lines in what Node prints of an error.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { repoRoot } from '../helpers/repo-root.ts';

const library = JSON.stringify(pathToFileURL(join(repoRoot, 'dist/index.js')).href);

function evaluate(program: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
}

test('every class has the name that it is exported by', () => {
  const names = evaluate(`
    import * as library from ${library};
    const classes = Object.entries(library).filter(([, value]) => String(value).startsWith('class'));
    console.log(JSON.stringify(classes.map(([name, { name: own }]) => [name, own])));
    console.log(library.spawn('true', [], { stdio: 'ignore' }).constructor.name);
  `);
  const [list = '', process = ''] = names.split('\n');
  const classes = JSON.parse(list) as [string, string][];
  assert.ok(classes.length >= 5, list);
  for (const [exported, own] of classes) assert.equal(own, exported);
  assert.equal(process, 'SpawnedProcess');
});

test('an error that nobody catches prints a line of the library, not all of it', () => {
  const program = `import { spawn } from ${library}; spawn('true', [], { cwdd: '/' });`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^InvalidOptionError.*: unknown option "cwdd"; did you mean "cwd"\?$/m);
  assert.ok(stderr.length < 4000, `${stderr.length} characters`);
});
