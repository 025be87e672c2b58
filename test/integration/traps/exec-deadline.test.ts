// A start that does not come to an end by itself is ended by the watchdog, on each path.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { SpawnError } from '../../../src/errors.ts';
import { KernelFeature } from '../../../src/native/kernel.ts';
import { native } from '../../../src/native.ts';
import { spawn } from '../../../src/process/spawn.ts';
import type { SpawnOptions } from '../../../src/process/spawn-options.ts';
import { guardAgainstLeaks } from '../../helpers/leak-guard.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

guardAgainstLeaks();

const paths: readonly { name: string; options: SpawnOptions; disabled: number }[] = [
  { name: 'fast', options: {}, disabled: 0 },
  { name: 'careful', options: { user: 'nobody' }, disabled: 0 },
  { name: 'plain', options: {}, disabled: KernelFeature.sharedVfork | KernelFeature.forker },
];

/**
 * Kills the child of the process $1 that waits in open(2) of a FIFO: the only one in wait_for_partner. Neither the shell itself
 * nor the forker ever does. Before 5.16 the kernel cannot tell where a process waits, but root sees its system call: openat, which
 * is 257 on x86-64 and 56 on arm64; the shell waits for cat at that moment.
 */
const killWhoWaits = `
openat=${process.arch === 'arm64' ? 56 : 257}
for try in $(seq 1 3000); do
  for pid in $(cat /proc/$1/task/*/children); do
    case $(cat /proc/$pid/wchan /proc/$pid/syscall 2>/dev/null) in
    *wait_for_partner*|*fifo_open*|"0$openat "*) kill -KILL $pid; exit 0 ;;
    esac
  done
  sleep 0.01
done
echo "nobody waits in a FIFO" >&2; exit 1`;

for (const { name, options, disabled } of paths) {
  test(`a child that somebody kills before execve was never started (${name} path)`, async (t) => {
    if (options.user !== undefined && process.getuid?.() !== 0) {
      t.skip('needs root to start a program as another user');
      return;
    }
    const fifo = join(temporaryFolder(t), 'fifo');
    execFileSync('mkfifo', [fifo]);
    native.disableFeatures(disabled);
    t.after(() => native.disableFeatures(0));
    // This thread waits for the child, so another process has to do it: it kills who waits for the FIFO.
    const killer = spawn('/bin/sh', ['-c', killWhoWaits, 'sh', String(process.pid)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    assert.throws(
      () =>
        spawn('/bin/true', [], {
          ...options,
          argv0: 'to-be-killed',
          stdio: ['ignore', { file: fifo }, 'ignore'],
          execDeadlineMs: 60_000,
        }),
      (error: unknown) =>
        error instanceof SpawnError &&
        error.code === 'ERR_KILLED_BEFORE_EXEC' &&
        error.step === 'stdio' &&
        error.isRetryable,
    );
    const { exitCode } = await killer.exited;
    assert.equal(exitCode, 0);
  });

  test(`a child that waits for ever before execve is killed at its deadline (${name} path)`, (t) => {
    if (options.user !== undefined && process.getuid?.() !== 0) {
      t.skip('needs root to start a program as another user');
      return;
    }
    // Opening a FIFO for writing waits until somebody reads.
    const fifo = join(temporaryFolder(t), 'fifo');
    execFileSync('mkfifo', [fifo]);
    native.disableFeatures(disabled);
    t.after(() => native.disableFeatures(0));
    assert.throws(
      () =>
        spawn('/bin/true', [], {
          ...options,
          stdio: ['ignore', { file: fifo }, 'ignore'],
          execDeadlineMs: 200,
        }),
      (error: unknown) =>
        error instanceof SpawnError && error.code === 'ERR_EXEC_DEADLINE' && error.step === 'stdio',
    );
  });
}
