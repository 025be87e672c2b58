// run(): a command from start to end with its output.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/process/run.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { slowness } from '../helpers/slowness.ts';
import { rejectionOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

test('both streams are collected at once, however full they are', async () => {
  const script = 'head -c 500000 /dev/zero | tr "\\0" e >&2; head -c 400000 /dev/zero | tr "\\0" o';
  const { stdout, stderr, status, isTruncated } = await run('/bin/sh', ['-c', script]);
  assert.deepEqual(
    [stdout.length, stderr.length, status.exitCode, isTruncated],
    [400_000, 500_000, 0, false],
  );
});

test('an exit code other than 0 is a result, no error', async () => {
  const { stderr, status } = await run('/bin/sh', ['-c', 'echo wrong >&2; exit 4']);
  assert.deepEqual([stderr, status.exitCode], ['wrong\n', 4]);
});

test('input is given as text or bytes; without it the input is empty', async () => {
  assert.equal((await run('/bin/cat', [], { input: 'ä€' })).stdout, 'ä€');
  assert.equal(
    (await run('/usr/bin/wc', ['-c'], { input: new Uint8Array(300_000) })).stdout.trim(),
    '300000',
  );
  assert.equal((await run('/bin/cat')).stdout, '');
});

test('a program need not read its input', async () => {
  const { status } = await run('/bin/true', [], { input: 'x'.repeat(1_000_000) });
  assert.equal(status.exitCode, 0);
});

test("encoding 'buffer' gives the bytes as they are", async () => {
  const { stdout } = await run('/usr/bin/printf', ['\\377\\000'], { encoding: 'buffer' });
  assert.deepEqual(stdout, Buffer.from([255, 0]));
});

test('ERR_OUTPUT_TOO_LARGE: more than maxBuffer kills the command', async () => {
  const error = await rejectionOf(run('/bin/cat', ['/dev/zero'], { maxBuffer: 1000 }));
  assert.equal(error.code, 'ERR_OUTPUT_TOO_LARGE');
  assert.match(error.message, /^\/bin\/cat was killed: it wrote more than 1000 bytes to stdout\. /);
  const exact = await run('/usr/bin/printf', ['%1000s', ''], { maxBuffer: 1000 });
  assert.equal(exact.stdout.length, 1000);
});

test('truncate keeps the first bytes, lets the command go on and says so', async () => {
  const { stdout, status, isTruncated } = await run('/usr/bin/seq', ['100000'], {
    maxBuffer: 4,
    truncate: true,
  });
  assert.deepEqual([stdout, status.exitCode, isTruncated], ['1\n2\n', 0, true]);
});

test('ERR_ABORTED: the command was stopped, and the reason is the cause', async () => {
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  const running = run('/bin/sh', ['-c', 'sleep 1000 & wait'], {
    signal: controller.signal,
    processGroup: 'new',
    killGroupAtExit: true,
  });
  controller.abort(reason);
  const error = await rejectionOf(running);
  assert.deepEqual([error.code, error.cause], ['ERR_ABORTED', reason]);
});

test('after timeoutMs there is a result, also when a grandchild holds the pipes', async () => {
  const script = 'echo partial; (trap "" TERM; exec sleep 3) & wait';
  const { stdout, status } = await run('/bin/sh', ['-c', script], { timeoutMs: 100 * slowness });
  assert.deepEqual([stdout, status.timedOut, status.signal], ['partial\n', true, 'SIGTERM']);
});

test('mistakes and failed starts are rejections', async () => {
  assert.equal((await rejectionOf(run('/no/such/tool', []))).code, 'ERR_COMMAND_NOT_FOUND');
  const bad: readonly [object, string][] = [
    [{ input: 5 }, 'option "input" is 5; it must be a string or a Uint8Array'],
    [{ maxBuffer: 0 }, 'option "maxBuffer" is 0; it must be an integer from 1 to 9007199254740991'],
    [{ encoding: 'latin1' }, "option \"encoding\" is 'latin1'; it must be 'utf8' or 'buffer'"],
    [{ truncate: 1 }, 'option "truncate" is 1; it must be true or false'],
    [
      { stdio: 'pipe' },
      'option "stdio" is \'pipe\'; it must be left out: "run" collects the output itself',
    ],
    [{ imput: 'x' }, 'unknown option "imput"; did you mean "input"?'],
    [
      { timeoutMs: 0 },
      'option "timeoutMs" is 0; it must be a number of milliseconds above 0, at most 2147483647',
    ],
  ];
  for (const [options, message] of bad) {
    await assert.rejects(run('/bin/true', [], options), { name: 'TypeError', message });
  }
});
