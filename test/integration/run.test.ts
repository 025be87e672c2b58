// run(): a command from start to end with its output.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { run } from '../../src/process/run.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { slowness } from '../helpers/slowness.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
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

const leavesAHolder = 'echo kept; sleep 60 & echo $! >&2';

/** Ends what a shell has left, and shows that it was there: so the pipes were held while the run came to its end. */
async function endHolder(pid: string): Promise<void> {
  const { status, stderr } = await run('kill', ['-KILL', pid.trim()]);
  assert.equal(status.exitCode, 0, stderr);
}

test('timeoutMs ends the waiting for those that hold the pipes of a process that has ended by itself', async () => {
  const { stdout, stderr, status } = await run('/bin/sh', ['-c', leavesAHolder], {
    timeoutMs: 300 * slowness,
  });
  await endHolder(stderr);
  assert.deepEqual([stdout, status.timedOut, status.exitCode], ['kept\n', false, 0]);
});

test('ERR_ABORTED: so does an AbortSignal', async (t) => {
  const folder = temporaryFolder(t);
  const controller = new AbortController();
  const script = `sleep 60 & echo $! > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid`;
  const rejected = rejectionOf(run('/bin/sh', ['-c', script], { signal: controller.signal }));
  const exits: unknown[] = [];
  const noteExit = (message: unknown): void => void exits.push(message);
  subscribe('raw-exec:exit', noteExit);
  t.after(() => unsubscribe('raw-exec:exit', noteExit));
  await eventually('the end of the shell', () => exits.length > 0 || undefined);
  controller.abort();
  assert.equal((await rejected).code, 'ERR_ABORTED');
  await endHolder(readFileSync(`${folder}/pid`, 'utf8'));
});

test('ERR_OUTPUT_TOO_LARGE: so does more than maxBuffer', async (t) => {
  const pidFile = `${temporaryFolder(t)}/pid`;
  // What it has left behind writes for ever, until nobody reads any more.
  const script = `sh -c 'sleep 0.1; exec yes' & echo $! > ${pidFile}`;
  const error = await rejectionOf(run('/bin/sh', ['-c', script], { maxBuffer: 100_000 }));
  assert.equal(error.code, 'ERR_OUTPUT_TOO_LARGE');
  await untilEnded(readFileSync(pidFile, 'utf8').trim());
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
