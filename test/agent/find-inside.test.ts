// Files of an allocation are found below its directory, and nowhere else, whatever tasks do to the names.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { findInside } from '../../src/agent/http/find-inside.ts';
import { temporaryDirectory } from '../helpers/job-file.ts';

const secret = 'not for you';

/** An allocation directory with a stranger's file beside it. */
async function allocation(t: TestContext): Promise<string> {
  const base = await temporaryDirectory(t);
  const root = join(base, 'allocation');
  for (const path of ['alloc/secrets', 'task/local', 'task/secrets', 'task/private', '../other'])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(base, 'other/file'), secret);
  writeFileSync(join(root, 'task/secrets/token'), secret);
  writeFileSync(join(root, 'task/local/file'), 'mine');
  writeFileSync(join(root, 'alloc/secrets/file'), 'shared');
  return root;
}

async function read(root: string, path: string): Promise<string> {
  await using found = await findInside(root, path);
  await using handle = await found.openToRead();
  return handle.readFile('utf8');
}

test('names and links that stay inside lead to what they name', async (t) => {
  const root = await allocation(t);
  symlinkSync('../../task/local/file', join(root, 'task/local/relative'));
  symlinkSync(join(root, 'task'), join(root, 'alloc/absolute'));
  symlinkSync('relative', join(root, 'task/local/twice'));
  for (const path of [
    'task/local/file',
    '/task//local/./file',
    'alloc/../task/local/file',
    'task/local/relative',
    'task/local/twice',
    'alloc/absolute/local/file',
  ])
    assert.equal(await read(root, path), 'mine', path);
  assert.equal(await read(root, 'alloc/secrets/file'), 'shared');
  await using top = await findInside(root, '/');
  assert.ok(top.stats.isDirectory());
});

test('what leads out, is closed, or cannot be is refused by its path', async (t) => {
  const root = await allocation(t);
  const task = (name: string): string => join(root, 'task/local', name);
  symlinkSync('../../../other/file', task('out'));
  symlinkSync('/etc', task('etc'));
  symlinkSync(`${root}/../other`, task('round'));
  symlinkSync(`${root}-other`, task('beside'));
  symlinkSync('../secrets/token', task('token'));
  symlinkSync('loop', task('loop'));
  const cases: [string, number, RegExp][] = [
    ['..', 403, /leads out/],
    ['../other/file', 403, /leads out/],
    ['task/../../other/file', 403, /leads out/],
    ['task/local/out', 403, /leads out/],
    ['task/local/etc/passwd', 403, /leads out/],
    ['task/local/round/file', 403, /leads out/],
    ['task/local/beside', 403, /leads out/],
    ['task/local/token', 403, /secrets\/ is for its task/],
    ['task/secrets', 403, /secrets\/ is for its task/],
    ['task/secrets/token', 403, /secrets\/ is for its task/],
    ['task/private/nothing', 403, /private\/ is for its task/],
    ['task/local/loop', 400, /more than 40 links/],
    ['task/local/file/..', 400, /file is no directory/],
    ['task/local/none', 404, /there is no "task\/local\/none"/],
    ['a\0b', 400, /zero byte/],
    ['x'.repeat(300), 400, /too long/],
  ];
  for (const [path, status, message] of cases) {
    await assert.rejects(findInside(root, path), { status, message }, path);
  }
});

test('too many levels are refused before they take all descriptors', async (t) => {
  const root = await allocation(t);
  const path = Array.from({ length: 200 }, () => 'd').join('/');
  mkdirSync(join(root, path), { recursive: true });
  await assert.rejects(findInside(root, path), { status: 400, message: /more than 128 levels/ });
});

test('a FIFO is found without waiting for its writer, and is not opened', async (t) => {
  const root = await allocation(t);
  execFileSync('mkfifo', [join(root, 'task/local/fifo')]);
  await using found = await findInside(root, 'task/local/fifo');
  assert.ok(found.stats.isFIFO());
  await assert.rejects(found.openToRead(), /no regular file/);
});

test('a directory that is exchanged for a link again and again never leads out', async (t) => {
  const root = await allocation(t);
  const place = join(root, 'task/local/dir');
  const aside = join(root, 'task/local/aside');
  mkdirSync(place);
  writeFileSync(join(place, 'file'), 'mine');
  const worker = new Worker(
    `const { renameSync, rmSync, symlinkSync } = require('node:fs');
     const { workerData: { place, aside } } = require('node:worker_threads');
     for (;;) {
       renameSync(place, aside);
       symlinkSync('../../../other', place);
       rmSync(place);
       renameSync(aside, place);
     }`,
    { eval: true, workerData: { place, aside } },
  );
  t.after(() => worker.terminate());
  const seen = new Set<string>();
  const wanted = ['mine', 'leads out'];
  for (let tries = 0; tries < 300 || !wanted.every((one) => seen.has(one)); tries += 1) {
    assert.ok(tries < 200_000, `both were seen: ${[...seen].join(', ')}`);
    try {
      seen.add(await read(root, 'task/local/dir/file'));
    } catch (error) {
      const text = String(error);
      seen.add(
        text.includes('leads out') ? 'leads out' : text.includes('there is no') ? 'none' : text,
      );
    }
  }
  await worker.terminate();
  assert.deepEqual(
    [...seen].filter((one) => !['mine', 'leads out', 'none'].includes(one)),
    [],
  );
});
