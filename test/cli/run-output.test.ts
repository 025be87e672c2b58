// What a run shows: every line of every task, whole and with its name, and what became of the tasks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPipe, runCli } from '../helpers/command-line.ts';
import { jobFile, jobOf, shellTask, taskGroup } from '../helpers/job-file.ts';
import { untilEnded } from '../helpers/process-end.ts';

test('each line has its task before it, aligned, on the stream that the task wrote to', async (t) => {
  const file = await jobOf(
    t,
    shellTask('short', 'echo one; echo two'),
    shellTask('much-longer', 'echo three >&2'),
  );
  const { stdout, stderr, code } = await runCli(['run', file]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '[short]       one\n[short]       two\n');
  assert.equal(stderr.split('\n')[0], '[much-longer] three');
});

test('a last line without a line break is shown, and gets one', async (t) => {
  const file = await jobOf(t, shellTask('task', 'echo whole; printf partial'));
  const { stdout } = await runCli(['run', file]);
  assert.equal(stdout, '[task] whole\n[task] partial\n');
});

test('a line that is written in pieces is shown in one', async (t) => {
  const script = 'for i in 1 2 3; do printf $i; sleep 0.1; done; echo';
  const file = await jobOf(t, shellTask('a', script), shellTask('b', script));
  const { stdout } = await runCli(['run', file]);
  assert.deepEqual(stdout.trim().split('\n').sort(), ['[a] 123', '[b] 123']);
});

test('no line of a loud task is lost, torn or out of order', async (t) => {
  const lines = 50_000;
  const script = `seq 1 ${lines}`;
  const file = await jobOf(t, shellTask('a', script), shellTask('b', script));
  const { stdout, code } = await runCli(['run', file]);
  assert.equal(code, 0);
  const all = stdout.trim().split('\n');
  const expected = Array.from({ length: lines }, (_, index) => index + 1);
  for (const name of ['a', 'b']) {
    const own = all
      .filter((line) => line.startsWith(`[${name}] `))
      .map((line) => Number(line.slice(4)));
    assert.deepEqual(own, expected);
  }
});

test('groups and copies are part of the name when there are several', async (t) => {
  const file = await jobFile(t, [
    taskGroup('web', [shellTask('serve', 'echo a')], { Count: 2 }),
    taskGroup('db', [shellTask('db', 'echo b')]),
  ]);
  const { stdout, stderr } = await runCli(['run', file]);
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    '[db]          b',
    '[web.0/serve] a',
    '[web.1/serve] a',
  ]);
  assert.match(stderr, /^raw-exec: web\.0\/serve {2}exited with code 0 after /m);
});

test('the summary has a line per task, and the exit code is 1 when one of them failed', async (t) => {
  const file = await jobFile(t, [
    taskGroup('good', [shellTask('good', 'exit 0')]),
    taskGroup('bad', [shellTask('bad', 'exit 3')]),
    taskGroup('killed', [shellTask('killed', 'kill -9 $$')]),
  ]);
  const { stderr, code } = await runCli(['run', '--alloc-dir', `${file}.d`, file]);
  assert.equal(code, 1);
  assert.match(stderr, /^raw-exec: good {4}exited with code 0 after [0-9.]+s$/m);
  assert.match(stderr, /^raw-exec: bad {5}exited with code 3 after [0-9.]+s$/m);
  assert.match(stderr, /^raw-exec: killed {2}ended by SIGKILL after [0-9.]+s$/m);
});

test('a failed task ends the others of its group, and the summary says so', async (t) => {
  const file = await jobOf(
    t,
    shellTask('fails', 'sleep 0.1; exit 3'),
    shellTask('waits', 'exec sleep 60', { KillSignal: 'SIGTERM' }),
  );
  const { stderr, code } = await runCli(['run', '--alloc-dir', `${file}.d`, file]);
  assert.equal(code, 1);
  assert.match(stderr, /waits {2}ended by SIGTERM after [0-9.]+s, because task "fails" failed$/m);
});

test('a command that is not found is told once, and the run fails', async (t) => {
  const task = { Name: 'x', Driver: 'raw_exec', Config: { command: 'no-such-command' } };
  const { stderr, code } = await runCli([
    'run',
    '--alloc-dir',
    `${await jobOf(t, task)}.d`,
    await jobOf(t, task),
  ]);
  assert.equal(code, 1);
  assert.equal(stderr.match(/cannot find the command "no-such-command"/g)?.length, 1, stderr);
  assert.match(stderr, /^raw-exec: x {2}not started$/m);
});

test('a reader that goes away ends the run quietly', async (t) => {
  const file = await jobOf(t, shellTask('y', 'exec yes', { KillSignal: 'SIGTERM' }));
  const { stdout, stderr } = await inPipe(['run', file], 'head -2');
  assert.deepEqual({ stdout, stderr }, { stdout: '[y] y\n[y] y\n', stderr: '141\n' });
});

test('logs { disabled = true } takes the output away', async (t) => {
  const file = await jobOf(
    t,
    shellTask('silent', 'echo out; echo err >&2', { LogConfig: { Disabled: true } }),
  );
  const { stdout, stderr, code } = await runCli(['run', file]);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 0 });
  assert.doesNotMatch(stderr, /err$/m);
});

test('a process that the task left in its group is ended with it', async (t) => {
  const file = await jobOf(t, shellTask('parent', 'sleep 600 & echo $!'));
  const { stdout, code } = await runCli(['run', file]);
  assert.equal(code, 0);
  await untilEnded(/\d+/.exec(stdout)?.[0] ?? '');
});
