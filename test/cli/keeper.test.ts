// `raw-exec keeper`: a keeper that a user starts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { cleanUp } from '../helpers/clean-up.ts';
import { runCli, startCli } from '../helpers/command-line.ts';
import { keeperFolder, keepersOf } from '../helpers/keeper-folder.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('keeper starts one that stays, and says who serves; a second one says who holds the directory', async (t) => {
  const folder = keeperFolder(t);
  const first = await runCli(['keeper', '--state', folder]);
  const [pid] = keepersOf(folder);
  assert.deepEqual(first, {
    stdout: `process ${pid} serves ${folder}\n`,
    stderr: '',
    code: 0,
    signal: null,
  });
  const second = await runCli(['keeper', '--state', folder]);
  assert.deepEqual(second, {
    stdout: '',
    stderr: `raw-exec-keeper: another keeper serves ${folder} already: pid ${pid}\n`,
    code: 75,
    signal: null,
  });
});

test('keeper takes a relative directory', async (t) => {
  const folder = keeperFolder(t);
  const options = { cwd: dirname(folder) };
  const { stdout, code } = await runCli(['keeper', '--state', basename(folder)], options);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^process \\d+ serves ${folder}\n$`));
});

test('keeper --foreground says who serves, and ends with the keeper when it is told to', async (t) => {
  const folder = keeperFolder(t);
  const running = startCli(['keeper', '--state', folder, '--foreground']);
  cleanUp(t, () => running.kill('SIGKILL'));
  const { stdout, stderr } = running;
  assert.ok(stdout !== null && stderr !== null);
  const [line] = (await once(stdout, 'data')) as [Buffer];
  assert.deepEqual(
    [line.toString()],
    keepersOf(folder).map((pid) => `process ${pid} serves ${folder}\n`),
  );
  running.kill('SIGTERM');
  const [said, [code, signal]] = await Promise.all([text(stderr), once(running, 'close')]);
  assert.deepEqual([said, code, signal], ['', 0, null]);
  assert.deepEqual(keepersOf(folder), []);
});

for (const flags of [[], ['--foreground']]) {
  test(`keeper ${flags.join('')} ends as the keeper does when the directory is not safe`, async (t) => {
    const folder = temporaryFolder(t); // others may enter it
    const { stdout, stderr, code } = await runCli(['keeper', '--state', folder, ...flags]);
    assert.equal(stdout, '');
    assert.match(stderr, /^raw-exec-keeper: cannot use .+ as state directory: its mode is 0755/);
    assert.equal(code, 3);
    assert.ok(!existsSync(join(folder, 'keeper.sock')));
  });
}

test('keeper needs a state directory', async () => {
  const { stderr, code } = await runCli(['keeper']);
  assert.equal(
    stderr,
    "raw-exec keeper: required option '--state <dir>' not specified. See raw-exec keeper --help.\n",
  );
  assert.equal(code, 2);
});
