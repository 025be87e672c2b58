// Streams and descriptors between this process and a child.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  closeSync,
  createWriteStream,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { spawn } from '../../src/process/spawn.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

guardAgainstLeaks();

function textOf(stream: Readable | null): Promise<string> {
  return text(stream ?? assert.fail('there is no stream'));
}

test('the standard streams are pipes by default', async () => {
  const child = spawn('/bin/cat');
  child.stdin?.end('b\na\n');
  assert.equal(await textOf(child.stdout), 'b\na\n');
  assert.equal(await textOf(child.stderr), '');
  assert.equal((await child.exited).exitCode, 0);
});

test('pipes can be opened by their names under /dev', async () => {
  const child = spawn('/bin/sh', ['-c', 'cat < /dev/stdin > /dev/stdout; echo e > /dev/stderr']);
  child.stdin?.end('x');
  assert.equal(await textOf(child.stdout), 'x');
  assert.equal(await textOf(child.stderr), 'e\n');
});

test('another user may open the pipes by their names too', async (t) => {
  if (process.geteuid?.() !== 0) {
    t.skip('this process may not change to the user nobody');
    return;
  }
  const child = spawn('/bin/sh', ['-c', 'cat < /dev/stdin > /dev/stdout'], { user: 'nobody' });
  child.stdin?.end('x');
  const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  assert.deepEqual([out, err], ['x', '']);
});

test('a stream is the same one whenever it is asked for, and null without a pipe', async () => {
  const child = spawn('/bin/true', [], { stdio: ['ignore', 'pipe', 'ignore'] });
  assert.equal(child.stdout, child.stdout);
  assert.equal(child.stdio[1], child.stdout);
  assert.equal(child.stdin, null);
  assert.equal(child.stderr, null);
  assert.deepEqual(
    child.stdio.map((stream) => stream === null),
    [true, false, true],
  );
  child.stdout?.resume();
  await child.exited;
});

test('a stream that is asked for after the exit still yields what was written', async () => {
  const child = spawn('/bin/sh', ['-c', 'echo out; echo err >&2']);
  await child.exited;
  assert.equal(await textOf(child.stdout), 'out\n');
  assert.equal(await textOf(child.stderr), 'err\n');
  assert.equal(child.stdin?.destroyed, true);
});

test('a late stream goes on with what a descendant writes after the exit', async (t) => {
  const folder = temporaryFolder(t);
  const go = `${folder}/go`;
  const script = `echo first; (while [ ! -e ${go} ]; do sleep 0.01; done; echo second) & exit 0`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await child.exited;
  writeFileSync(go, '');
  assert.equal(await textOf(child.stdout), 'first\nsecond\n');
});

test('much output comes through whole', async () => {
  const child = spawn('/bin/sh', ['-c', 'head -c 3000000 /dev/zero | tr "\\0" x'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal((await textOf(child.stdout)).length, 3_000_000);
});

test('slots from 3 on are pipes in the direction that is asked for', async () => {
  const child = spawn('/bin/sh', ['-c', 'cat <&4 >&3'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', { pipe: 'read' }],
  });
  const [, , , fromChild, toChild] = child.stdio;
  assert.ok(toChild !== null && toChild !== undefined && 'end' in toChild);
  toChild.end('through');
  assert.ok(fromChild !== null && fromChild !== undefined && 'read' in fromChild);
  assert.equal(await text(fromChild), 'through');
});

test('slots that are left out among the first three are pipes', async () => {
  const child = spawn('/bin/echo', ['x'], { stdio: ['ignore'] });
  assert.equal(await textOf(child.stdout), 'x\n');
  assert.equal(await textOf(child.stderr), '');
});

test('ignored slots are /dev/null', async () => {
  const child = spawn('/bin/sh', ['-c', 'readlink /proc/self/fd/0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal(await textOf(child.stdout), '/dev/null\n');
});

test('descriptors, streams and file handles are passed on', async (t) => {
  const folder = temporaryFolder(t);
  const fd = openSync(`${folder}/fd`, 'w');
  const handle = await open(`${folder}/handle`, 'w');
  const stream = createWriteStream(`${folder}/stream`);
  const [streamFd] = (await once(stream, 'open')) as [number];
  const child = spawn('/bin/sh', ['-c', 'echo 1 >&1; echo 2 >&2; echo 3 >&3'], {
    stdio: ['ignore', fd, handle, { fd: streamFd }],
  });
  await child.exited;
  closeSync(fd);
  await handle.close();
  stream.end();
  await once(stream, 'close');
  assert.deepEqual(
    ['fd', 'handle', 'stream'].map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
    ['1\n', '2\n', '3\n'],
  );
});

test('the same descriptor may be passed more than once and in any order', async (t) => {
  const path = `${temporaryFolder(t)}/both`;
  const child = spawn('/bin/sh', ['-c', 'echo out; echo err >&2'], {
    stdio: ['ignore', { file: path, append: true }, { file: path, append: true }],
  });
  await child.exited;
  assert.equal(readFileSync(path, 'utf8'), 'out\nerr\n');
});

test("one child's output stream can be another's input", async () => {
  const first = spawn('/bin/echo', ['from the first'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const between = first.stdout ?? assert.fail();
  const second = spawn('/usr/bin/tr', ['a-z', 'A-Z'], {
    stdio: [between, 'pipe', 'inherit'],
  });
  between.destroy();
  assert.equal(await textOf(second.stdout), 'FROM THE FIRST\n');
});

test('files are opened by the engine: read, written anew, appended, with their mode', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(`${folder}/in`, 'input');
  writeFileSync(`${folder}/out`, 'something longer');
  writeFileSync(`${folder}/log`, 'old ');
  const child = spawn('/bin/sh', ['-c', 'cat; echo new >&2; echo secret >&3'], {
    stdio: [
      { file: `${folder}/in` },
      { file: `${folder}/out` },
      { file: `${folder}/log`, append: true },
      { file: `${folder}/secret`, mode: 0o600 },
    ],
  });
  assert.equal((await child.exited).exitCode, 0);
  assert.equal(readFileSync(`${folder}/out`, 'utf8'), 'input');
  assert.equal(readFileSync(`${folder}/log`, 'utf8'), 'old new\n');
  assert.equal(statSync(`${folder}/secret`).mode & 0o777, 0o600);
});

test('access readWrite opens for both and empties nothing', async (t) => {
  const path = `${temporaryFolder(t)}/both`;
  writeFileSync(path, 'abc');
  const child = spawn('/bin/sh', ['-c', 'cat <&3; echo d >&3'], {
    stdio: ['ignore', 'pipe', 'inherit', { file: path, access: 'readWrite' }],
  });
  assert.equal(await textOf(child.stdout), 'abc');
  await child.exited;
  assert.equal(readFileSync(path, 'utf8'), 'abcd\n');
});

test('writing to a child that does not read is an error of the stream, not of the process', async () => {
  const child = spawn(
    '/bin/sh',
    ['-c', 'exec <&-; echo closed; cat /dev/zero | head -c 1 > /dev/null; exec sleep 1000'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout ?? assert.fail(), 'data');
  const stdin = child.stdin ?? assert.fail();
  const failed = once(stdin, 'error');
  stdin.write('x');
  const [error] = (await failed) as [Error & { code: string }];
  assert.equal(error.code, 'EPIPE');
  child.kill('SIGKILL');
  await child.exited;
});
