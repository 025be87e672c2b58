// `raw-exec run --restart`: tasks that have ended are started again by their policies, and told of.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliFile, runCli } from '../helpers/command-line.ts';
import { jobFile, shellTask, taskGroup, temporaryDirectory } from '../helpers/job-file.ts';
import { Terminal } from '../helpers/terminal.ts';

const second = 1_000_000_000;
const policy = (fields: object): object => ({
  RestartPolicy: { Attempts: 2, Interval: 600 * second, Delay: 0, Mode: 'fail', ...fields },
});
/** Ends with 0 in its third run, with 7 before. */
const third = 'echo run >> ../alloc/data/runs; [ $(wc -l < ../alloc/data/runs) -ge 3 ] || exit 7';

test('a task that fails is started again until it succeeds, and its logs go on', async (t) => {
  const base = await temporaryDirectory(t);
  const file = await jobFile(t, [
    taskGroup('group', [shellTask('task', `echo out; ${third}; echo done`, policy({}))]),
  ]);
  const { code, stdout, stderr } = await runCli([
    'run',
    '--restart',
    '--keep',
    '--alloc-dir',
    base,
    file,
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.replaceAll('[task] ', ''), 'out\nout\nout\ndone\n');
  assert.doesNotMatch(stderr, /warning/);
  const told = stderr.split('\n').filter((line) => line.includes('Starts again'));
  assert.equal(told.length, 2);
  assert.match(
    told[1] ?? '',
    /^raw-exec: task: exited with code 7 after .*s\. Starts again in 0\.000s: attempt 2 of 2 in 600 s$/,
  );
  const root = /^raw-exec: kept: (.*)$/m.exec(stderr)?.[1] ?? '';
  const log = await readFile(join(root, 'alloc/logs/task.stdout.0'), 'utf8');
  assert.equal(log, 'out\nout\nout\ndone\n');
});

test('when its attempts are used up it has failed, and says so', async (t) => {
  const file = await jobFile(t, [
    taskGroup('group', [shellTask('task', 'exit 7', policy({ Attempts: 1 }))]),
  ]);
  const { code, stderr } = await runCli(['run', '--restart', '--alloc-dir', `${file}.d`, file]);
  assert.equal(code, 1);
  assert.equal(stderr.match(/Starts again/g)?.length, 1);
  assert.match(stderr, /^raw-exec: task: not started again: the 1 attempts of 600 s are used up$/m);
  assert.match(stderr, /^raw-exec: task {2}exited with code 7/m);
});

test('without --restart a policy has no effect, and the warning says how it would', async (t) => {
  const file = await jobFile(t, [
    taskGroup('group', [shellTask('task', 'exit 7', policy({ Attempts: 9 }))]),
  ]);
  const { code, stderr } = await runCli(['run', '--alloc-dir', `${file}.d`, file]);
  assert.equal(code, 1);
  assert.match(stderr, /warning: .*or by `raw-exec run --restart`/);
  assert.doesNotMatch(stderr, /Starts again/);
});

test('a start that cannot succeed is not tried again', async (t) => {
  const task = { ...shellTask('task', '', policy({})), Config: { command: '/nowhere' } };
  const file = await jobFile(t, [taskGroup('group', [task])]);
  const { code, stderr } = await runCli(['run', '--restart', '--alloc-dir', `${file}.d`, file]);
  assert.equal(code, 1);
  assert.doesNotMatch(stderr, /Starts again/);
  assert.match(stderr, /not started: .*\/nowhere/);
});

test('what waits for its next start ends at once when it is asked to', async (t) => {
  const file = await jobFile(t, [
    taskGroup('group', [shellTask('task', 'exit 7', policy({ Delay: 1000 * second }))]),
  ]);
  await using terminal = new Terminal(process.execPath, [cliFile, 'run', '--restart', file]);
  await terminal.until('Starts again in');
  terminal.type('\u0003');
  await terminal.until('as you asked');
  assert.equal((await terminal.end()).signal, 'SIGINT');
});

test('a task that ends and starts again all the time ends when it is asked to', async (t) => {
  const endless = policy({ Attempts: 1_000_000 });
  const file = await jobFile(t, [taskGroup('group', [shellTask('task', 'exit 7', endless)])]);
  for (let times = 1; times <= 3; times += 1) {
    await using terminal = new Terminal(process.execPath, [cliFile, 'run', '--restart', file]);
    await terminal.until(`attempt ${10 * times} of`);
    terminal.type('\u0003');
    await terminal.until('asking all tasks to end');
    assert.equal((await terminal.end()).signal, 'SIGINT');
  }
});

test('a sidecar that is being started again does not hold the end of its group', async (t) => {
  const sidecar = {
    ...shellTask('proxy', 'exit 7', policy({ Delay: 1000 * second })),
    Lifecycle: { Hook: 'poststart', Sidecar: true },
  };
  const main = shellTask('main', 'sleep 0.5', policy({}));
  const file = await jobFile(t, [taskGroup('group', [main, sidecar])]);
  const { code, stderr } = await runCli(['run', '--restart', file]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /proxy: exited with code 7.*Starts again/);
  assert.match(stderr, /^raw-exec: proxy .*because only sidecars were left$/m);
});
