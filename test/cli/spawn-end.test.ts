// How `raw-exec spawn` ends: as its program, or with the codes that shells have for what could not be started.

import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inPipe, runCli, startCli } from '../helpers/command-line.ts';
import { temporaryDirectory } from '../helpers/job-file.ts';

const sh = (script: string): string[] => ['spawn', '--', '/bin/sh', '-c', script];

test('the exit code of the program is mirrored', async () => {
  for (const wanted of [0, 1, 7, 255]) {
    assert.equal((await runCli(sh(`exit ${wanted}`))).code, wanted);
  }
});

test('a program that a signal ended is mirrored by the same signal', async () => {
  const { code, signal } = await runCli(sh('kill -TERM $$'));
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGTERM' });
});

test('standard streams are passed through, byte by byte', async () => {
  const { stdout, stderr } = await runCli(sh('cat; echo to stderr >&2'), { input: 'a\nb' });
  assert.deepEqual({ stdout, stderr }, { stdout: 'a\nb', stderr: 'to stderr\n' });
});

test('options of the program are not taken for options of raw-exec', async () => {
  const { stdout } = await runCli(['spawn', '/bin/echo', '--version', '-h']);
  assert.equal(stdout, '--version -h\n');
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
  test(`${signal} sent to raw-exec reaches the program`, async () => {
    const child = startCli(
      sh(`trap 'echo got it; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`),
    );
    let output = '';
    const code = await new Promise((resolve) => {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        if (output === '') child.kill(signal);
        output += text;
      });
      child.on('close', resolve);
    });
    assert.deepEqual({ output, code }, { output: 'ready\ngot it\n', code: 9 });
  });
}

test('a reader that goes away ends the program by SIGPIPE, and raw-exec quietly with it', async () => {
  const { stdout, stderr } = await inPipe(['spawn', 'yes'], 'head -1');
  assert.deepEqual({ stdout, stderr }, { stdout: 'y\n', stderr: '141\n' });
});

test('what cannot be started has the exit codes of shells, and one line', async (t) => {
  const dir = await temporaryDirectory(t);
  await mkdir(join(dir, 'directory'));
  await writeFile(join(dir, 'plain'), '#!/bin/sh\n');
  await writeFile(join(dir, 'no-interpreter'), '#!/no/such/shell\n');
  await writeFile(join(dir, 'no-format'), 'echo hello\n');
  await chmod(join(dir, 'no-interpreter'), 0o755);
  await chmod(join(dir, 'no-format'), 0o755);
  const cases: readonly [string, number, RegExp][] = [
    [
      'no-such-command-anywhere',
      127,
      /^raw-exec spawn: cannot find command no-such-command-anywhere in PATH /,
    ],
    [join(dir, 'absent'), 127, /ENOENT/],
    [join(dir, 'directory'), 126, /It is a directory/],
    [join(dir, 'plain'), 126, /It has no execute permission/],
    [join(dir, 'no-interpreter'), 126, /\/no\/such\/shell/],
    [join(dir, 'no-format'), 126, /ENOEXEC/],
  ];
  for (const [command, code, message] of cases) {
    const result = await runCli(['spawn', command]);
    assert.equal(result.code, code, `${command}: ${result.stderr}`);
    assert.match(result.stderr, message);
    assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr);
  }
});

test('--timeout stops the program, says so, and ends with 124', async () => {
  const { code, stderr } = await runCli(['spawn', '--timeout', '100ms', 'sleep', '60']);
  assert.equal(code, 124);
  assert.equal(
    stderr,
    'raw-exec spawn: sleep was stopped: its time of 100ms (--timeout) was over\n',
  );
});

test('--timeout does not matter to a program that ends before', async () => {
  assert.equal((await runCli(['spawn', '--timeout', '1h', '--', 'sh', '-c', 'exit 3'])).code, 3);
});

test('--timeout goes down the steps of --stop', async () => {
  const script = "trap 'echo int' INT; trap 'echo term; exit 0' TERM; while :; do sleep 0.02; done";
  const args = [
    '--timeout',
    '300ms',
    '--stop',
    'INT:200ms',
    '--stop',
    'SIGTERM@group:20s',
    '--process-group',
    'new',
  ];
  const { stdout, code } = await runCli(['spawn', ...args, '--', '/bin/sh', '-c', script]);
  assert.deepEqual({ stdout, code }, { stdout: 'int\nterm\n', code: 124 });
});

test('with --stop, SIGTERM to raw-exec goes down the steps and ends in SIGKILL', async () => {
  const script =
    "trap 'echo int' INT; trap 'echo never' TERM; echo ready; while :; do sleep 0.02; done";
  const child = startCli(['spawn', '--stop', 'SIGINT:300ms', '--', '/bin/sh', '-c', script]);
  let output = '';
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (output === '') child.kill('SIGTERM');
      output += text;
    });
    child.on('close', (...end) => resolve(end));
  });
  assert.deepEqual(
    { output, code, signal },
    { output: 'ready\nint\n', code: null, signal: 'SIGKILL' },
  );
});
