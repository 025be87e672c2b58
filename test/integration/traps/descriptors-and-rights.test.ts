// What the engine holds for itself never becomes a child's, and what its helpers were given never outlives this process's own.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn as spawnByNode } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SpawnError } from '../../../src/errors.ts';
import { KernelFeature } from '../../../src/native/kernel.ts';
import { native } from '../../../src/native.ts';
import { spawn } from '../../../src/process/spawn.ts';
import { guardAgainstLeaks } from '../../helpers/leak-guard.ts';
import { fixture, moduleUrl } from '../../helpers/library.ts';
import { resultOf, runProgram, startProgram } from '../../helpers/node-program.ts';
import { slowness } from '../../helpers/slowness.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

guardAgainstLeaks();

const needsRoot =
  process.getuid?.() === 0 ? false : 'needs root to start a program as another user';

for (const [path, options, skip] of [
  ['fast', {}, false],
  ['careful', { user: 'nobody' }, needsRoot],
] as const) {
  test(`a standard input that was closed is refused and is none of our own descriptors (${path} path)`, {
    skip,
  }, async () => {
    const { stdout, stderr } = await runProgram('traps/closed-stdin.mjs', [
      JSON.stringify(options),
    ]);
    assert.equal(stdout, 'ERR_STDIO 9, ERR_STDIO 9\n', stderr);
  });

  test(`a descriptor that is not open is refused though a new pipe would get its number (${path} path)`, {
    skip,
  }, () => {
    const closed = openSync('/dev/null', 'r');
    closeSync(closed);
    assert.throws(
      () => spawn('/bin/true', [], { ...options, stdio: ['ignore', 'pipe', 'ignore', closed] }),
      (error: unknown) =>
        error instanceof SpawnError && error.code === 'ERR_STDIO' && error.step === 'stdio',
    );
  });
}

test('groups that were given up and the nice value are those of this process now', {
  skip: needsRoot,
}, async () => {
  const { stdout, stderr } = await runProgram('traps/changed-parent.mjs');
  assert.match(stdout, /^nice 5\ngroups \d+\n$/, stderr);
  assert.doesNotMatch(stdout, /4321/);
});

test('this process may change its user while a process of an ended worker still runs', {
  skip: needsRoot,
  timeout: 60_000 * slowness,
}, async (t) => {
  const program = startProgram('traps/setuid-after-worker.mjs');
  t.after(() => program.kill('SIGKILL'));
  const { stdout, stderr } = await resultOf(program);
  assert.equal(stdout, 'changed\n', stderr);
});

/** A fixture of traps/ that may open sixty descriptors; it is told the URL of a module, and then `args`. */
function withFewDescriptors(name: string, module: string, ...args: string[]): ChildProcess {
  const program = [process.execPath, fixture(`traps/${name}.mjs`), moduleUrl(module), ...args];
  const script = 'ulimit -n 60; exec "$@"';
  return spawnByNode('/bin/sh', ['-c', script, 'sh', ...program], { stdio: 'pipe' });
}

test('with few descriptors a failure is told and the forker is tried again', {
  skip: needsRoot,
}, async (t) => {
  const fifo = join(temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const program = withFewDescriptors('few-descriptors', 'process/spawn', fifo);
  const { stdout, stderr } = await resultOf(program);
  assert.equal(
    stdout,
    'full: ERR_TOO_MANY_FILES\nforker afterwards: true\nwaits for ever: ERR_EXEC_DEADLINE\n',
    stderr,
  );
});

test('a user that cannot be looked up for want of descriptors is not told as absent', async () => {
  const program = withFewDescriptors('no-name-service', 'process/user');
  const { stdout, stderr } = await resultOf(program);
  assert.equal(stdout, 'ERR_NAME_SERVICE 24\nERR_NAME_SERVICE 24\nroot\n', stderr);
});

test('a limit of three descriptors leaves enough to close the others', async (t) => {
  native.disableFeatures(KernelFeature.closeRange | KernelFeature.closeRangeUnshare);
  t.after(() => native.disableFeatures(0));
  const child = spawn('/bin/true', [], { stdio: 'ignore', resourceLimits: { nofile: 3 } });
  await child.exited;
});
