// The allocation directory of a run: what is in it, and when it goes.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliFile, runCli } from '../helpers/command-line.ts';
import { jobOf, shellTask, temporaryDirectory } from '../helpers/job-file.ts';

const good = shellTask(
  'task',
  'echo out; echo err >&2; pwd; echo "$NOMAD_TASK_DIR $NOMAD_SECRETS_DIR $NOMAD_ALLOC_DIR"',
);

async function onlyEntry(dir: string): Promise<string> {
  const entries = await readdir(dir);
  assert.equal(entries.length, 1);
  return join(dir, entries[0] ?? '');
}

test('a fresh directory for temporary files is used, and is gone after a good run', async (t) => {
  const tmp = await temporaryDirectory(t);
  const { stdout, code } = await runCli(['run', await jobOf(t, good)], { env: { TMPDIR: tmp } });
  assert.equal(code, 0);
  assert.ok(stdout.includes(`${tmp}/raw-exec-test-`));
  assert.deepEqual(await readdir(tmp), []);
});

test('what a task leaves goes, closed directories too, and where its links lead nothing does', async (t) => {
  const tmp = await temporaryDirectory(t);
  const elsewhere = await temporaryDirectory(t);
  await writeFile(join(elsewhere, 'file'), 'stays');
  const script = `cd local; ln -s ${elsewhere} link; mkdir -p cache/module; touch cache/module/file; chmod -R a-w cache; mkdir -m 0 closed`;
  const file = await jobOf(t, shellTask('task', script));
  const { code, stderr } = await runCli(['run', file], { env: { TMPDIR: tmp } });
  assert.equal(code, 0, stderr);
  assert.deepEqual(await readdir(tmp), []);
  assert.deepEqual(await readdir(elsewhere), ['file']);
});

test('what cannot be removed is told with what to do, after everything else', {
  skip: process.geteuid?.() !== 0 && 'mounting needs root',
}, async (t) => {
  const tmp = await temporaryDirectory(t);
  const mounted = join(await temporaryDirectory(t), 'mount');
  await mkdir(mounted);
  const script = `mkdir local/there && mount --bind ${mounted} local/there && pwd && echo last`;
  const file = await jobOf(t, shellTask('task', script));
  const { code, stdout, stderr } = await runCli(['run', file], { env: { TMPDIR: tmp } });
  const root = /^\[task\] (\/.*)$/m.exec(stdout)?.[1] ?? '';
  execFileSync('umount', [join(root, 'local/there')]);
  assert.match(stdout, /^\[task\] last$/m);
  assert.match(stderr, /exited with code 0/);
  assert.match(stderr, /cannot remove all of .*: EBUSY .*unmount what is mounted/);
  assert.equal(code, 1);
});

test('it is kept after a failure, and the end of the output says where', async (t) => {
  const tmp = await temporaryDirectory(t);
  const file = await jobOf(t, shellTask('task', 'echo why >&2; exit 1'));
  const { stderr, code } = await runCli(['run', file], { env: { TMPDIR: tmp } });
  assert.equal(code, 1);
  const kept = /^raw-exec: kept: (.*)$/m.exec(stderr)?.[1] ?? '';
  assert.ok(kept.startsWith(`${tmp}/raw-exec-test-`), stderr);
  assert.equal(await readFile(join(kept, 'alloc/logs/task.stderr.0'), 'utf8'), 'why\n');
});

test('--keep keeps it, with the layout, modes and logs of an allocation', async (t) => {
  const base = join(await temporaryDirectory(t), 'made', 'for', 'it');
  const { stdout } = await runCli(['run', '--keep', '--alloc-dir', base, await jobOf(t, good)]);
  assert.equal((await stat(base)).mode & 0o777, 0o711, 'the random name below it is not shown');
  const root = await onlyEntry(base);
  const modes: readonly [string, number][] = [
    ['', 0o711],
    ['alloc', 0o777],
    ['alloc/logs', 0o777],
    ['alloc/tmp', 0o777],
    ['alloc/data', 0o777],
    ['task', 0o777],
    ['task/local', 0o777],
    ['task/tmp', 0o777],
    ['task/secrets', 0o700],
    ['task/private', 0o700],
    ['alloc/logs/task.stdout.0', 0o644],
    ['alloc/logs/task.stderr.0', 0o644],
  ];
  for (const [path, mode] of modes) {
    assert.equal((await stat(join(root, path))).mode & 0o7777, mode, path);
  }
  const log = await readFile(join(root, 'alloc/logs/task.stdout.0'), 'utf8');
  assert.equal(log, `out\n${root}/task\n${root}/task/local ${root}/task/secrets ${root}/alloc\n`);
  assert.equal(stdout, log.replaceAll(/^/gm, '[task] ').replace(/\[task\] $/, ''));
  assert.equal(await readFile(join(root, 'alloc/logs/task.stderr.0'), 'utf8'), 'err\n');
});

test('output that cannot be written costs no task: the run goes on, says why, and keeps the logs', async (t) => {
  const base = await temporaryDirectory(t);
  const file = await jobOf(t, shellTask('task', 'seq 1 2000; echo on >&2; sleep 0.2; echo end'));
  const args = [process.execPath, cliFile, 'run', '--alloc-dir', base, file];
  const { stderr, status } = spawnSync('/bin/sh', ['-c', 'exec "$@" > /dev/full', 'sh', ...args], {
    encoding: 'utf8',
  });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^raw-exec: nothing more is shown of standard output.*ENOSPC/m);
  assert.match(stderr, /^raw-exec: task {2}exited with code 0 after /m);
  const root = await onlyEntry(base);
  assert.ok(stderr.endsWith(`raw-exec: kept: ${root}\n`), stderr);
  assert.match(await readFile(join(root, 'alloc/logs/task.stdout.0'), 'utf8'), /\n2000\nend\n$/);
});

test('a directory that was there before stays, without what was made in it', async (t) => {
  const base = await temporaryDirectory(t);
  assert.equal((await runCli(['run', '--alloc-dir', base, await jobOf(t, good)])).code, 0);
  assert.deepEqual(await readdir(base), []);
});

test('a place where nothing can be made is one clear line', async (t) => {
  const { stderr, code } = await runCli(['run', '--alloc-dir', '/proc/none', await jobOf(t, good)]);
  assert.equal(code, 1);
  assert.match(stderr, /^raw-exec run: cannot make .*ENOENT.*\/proc\/none.*\n$/);
});

test("the task's user owns its secrets and may use the rest", {
  skip: process.geteuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const script =
    'echo s > $NOMAD_SECRETS_DIR/s; echo l > $NOMAD_TASK_DIR/l; echo d > $NOMAD_ALLOC_DIR/data/d; cat $NOMAD_SECRETS_DIR/s; id -un';
  const { stdout, stderr, code } = await runCli([
    'run',
    await jobOf(t, shellTask('task', script, { User: 'nobody' })),
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '[task] s\n[task] nobody\n');
});
