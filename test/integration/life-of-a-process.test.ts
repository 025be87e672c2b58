// From the start to the end of a process: events, signals, time limits, disposal.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { ExitStatus } from '../../src/process/exit-status.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { runProgram } from '../helpers/node-program.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { invalidOptionOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

const ignored = { stdio: 'ignore' } as const;

/** A shell that says "ready" once its traps are set. */
async function shell(script: string, options: object = {}): Promise<SpawnedProcess> {
  const child = spawn('/bin/sh', ['-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  await once(child.stdout ?? assert.fail(), 'data');
  return child;
}

/** One letter, see proc_pid_stat(5). */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat[stat.lastIndexOf(')') + 2];
}

const deaf = "trap '' TERM INT; echo ready; while :; do sleep 0.05; done";

test("'exit' comes once, after the state is set, with the object that `exited` is fulfilled with", async () => {
  const child = spawn('/bin/true', [], ignored);
  const seen: unknown[] = [];
  child.on('exit', (status) => seen.push(status, child.status));
  const status = await child.exited;
  assert.deepEqual(seen, [status, status]);
  assert.equal(await child.exited, status);
});

test('`exited` that is asked for late is fulfilled all the same', async () => {
  const child = spawn('/bin/false', [], ignored);
  await once(child, 'exit');
  assert.equal((await child.exited).exitCode, 1);
});

test('kill answers true while the process runs and false once its end was seen', async () => {
  const child = spawn('/bin/sleep', ['1000'], ignored);
  assert.equal(child.kill(0), true);
  assert.equal(child.kill(), true);
  assert.equal((await child.exited).signal, 'SIGTERM');
  assert.equal(child.kill('SIGKILL'), false);
  assert.equal(child.kill(0), false);
});

test('kill takes names, numbers and real-time signals, and refuses what is none', async () => {
  const child = spawn('/bin/sleep', ['1000'], ignored);
  const mistakes: readonly [unknown[], string][] = [
    [['SIGTREM'], 'option "signal": unknown signal \'SIGTREM\'; did you mean "SIGTERM"?'],
    [[65], 'option "signal" is 65; it must be an integer from 0 to 64'],
    [['SIGTERM', 'all'], "option \"to\" is 'all'; it must be 'main' or 'group'"],
    [
      ['SIGTERM', 'group'],
      "option \"to\" is 'group'; it must be 'main' unless the process was started with processGroup: 'new' or newSession",
    ],
  ];
  for (const [args, message] of mistakes) {
    const error = invalidOptionOf(() => Reflect.apply(child.kill, child, args));
    assert.equal(error.message, message);
  }
  child.kill('SIGRTMIN+1');
  assert.equal((await child.exited).signal, 'SIGRTMIN+1');
});

test('a signal to the group reaches what the process has started', async () => {
  const child = await shell('sleep 1000 & echo ready; wait', { processGroup: 'new' });
  const ended = text(child.stdout ?? assert.fail());
  child.kill('SIGTERM', 'group');
  await child.exited;
  // The sleep held the pipe too: its end is the end of all.
  await ended;
});

test('killGroupAtExit ends what a process leaves in its group', async () => {
  const child = spawn('/bin/sh', ['-c', 'sleep 1000 & echo ready'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    processGroup: 'new',
    killGroupAtExit: true,
  });
  assert.equal(await text(child.stdout ?? assert.fail()), 'ready\n');
  assert.equal((await child.exited).exitCode, 0);
});

test('stop sends each step, waits its grace, and ends with SIGKILL', async () => {
  const child = await shell(deaf, { processGroup: 'new' });
  const { status, steps } = await child.stop({
    steps: [
      { signal: 'SIGINT', graceMs: 20 },
      { graceMs: 20, to: 'group' },
    ],
  });
  assert.equal(status?.signal, 'SIGKILL');
  assert.deepEqual(
    steps.map(({ signal, to, hasEnded }) => [signal, to, hasEnded]),
    [
      ['SIGINT', 'main', false],
      ['SIGTERM', 'group', false],
      ['SIGKILL', 'group', true],
    ],
  );
  for (const { sentAt, waitedMs } of steps) assert.ok(sentAt instanceof Date && waitedMs >= 0);
});

test('stop goes no further than needed, and does nothing to a process that has ended', async () => {
  const child = spawn('/bin/sleep', ['1000'], { ...ignored, killSignal: 'SIGINT' });
  const report = await child.stop();
  assert.deepEqual(
    report.steps.map(({ signal }) => signal),
    ['SIGINT'],
  );
  assert.equal(report.status?.signal, 'SIGINT');
  assert.ok(Object.isFrozen(report));
  assert.deepEqual((await child.stop()).steps, []);
});

test('stop ends a process that is stopped', async () => {
  const child = spawn('/bin/sleep', ['1000'], ignored);
  child.kill('SIGSTOP');
  await eventually('it has stopped', () => stateOf(child.pid) === 'T' || undefined);
  const { status } = await child.stop({ steps: [{ graceMs: 10 }] });
  assert.equal(status?.signal, 'SIGKILL');
});

test('bad steps are refused before anything is sent', async () => {
  const child = spawn('/bin/sleep', ['1000'], ignored);
  const bad: readonly [object, RegExp][] = [
    [{ steps: 5 }, /^option "steps" is 5; it must be an array of \{ signal, to, graceMs \}$/],
    [{ steps: [{ signal: 'SIGX' }] }, /^option "steps\[0\]\.signal": unknown signal 'SIGX'/],
    [
      { steps: [{}, { to: 'group' }] },
      /^option "steps\[1\]\.to" is 'group'; it must be 'main' unless/,
    ],
    [
      { steps: [{ graceMs: -1 }] },
      /^option "steps\[0\]\.graceMs" is -1; it must be a number of milliseconds/,
    ],
    [{ steps: [{ gracMs: 1 }] }, /^unknown option "steps\[0\]\.gracMs"; did you mean "graceMs"\?$/],
    [{ step: [] }, /^unknown option "step"; did you mean "steps"\?$/],
    [{ killGraceMs: 0 }, /^option "killGraceMs" is 0; it must be a number of milliseconds/],
  ];
  for (const [options, message] of bad) {
    await assert.rejects(child.stop(options), { name: 'TypeError', message });
  }
  assert.equal(child.status, undefined);
  child.kill('SIGKILL');
  await child.exited;
});

test('timeoutMs stops the process, and the status says so', async () => {
  const status = await spawn('/bin/sleep', ['1000'], { ...ignored, timeoutMs: 20 }).exited;
  assert.deepEqual([status.signal, status.timedOut, status.aborted], ['SIGTERM', true, false]);
  const inTime = await spawn('/bin/true', [], { ...ignored, timeoutMs: 100_000 }).exited;
  assert.equal(inTime.timedOut, false);
});

test('an AbortSignal stops the process, and keeps no listener after its end', async () => {
  const controller = new AbortController();
  const child = spawn('/bin/sleep', ['1000'], {
    ...ignored,
    signal: controller.signal,
    killSignal: 'SIGINT',
  });
  const other = spawn('/bin/true', [], { ...ignored, signal: controller.signal });
  assert.equal((await other.exited).aborted, false);
  controller.abort();
  const status = await child.exited;
  assert.deepEqual([status.signal, status.aborted, status.timedOut], ['SIGINT', true, false]);
});

test('leaving an `await using` block stops the process when killOnDispose is set', async () => {
  let child: SpawnedProcess;
  {
    await using sleeping = spawn('/bin/sleep', ['1000'], { ...ignored, killOnDispose: true });
    child = sleeping;
    assert.equal(child.status, undefined);
  }
  assert.equal((await child.exited).signal, 'SIGTERM');
});

test('without killOnDispose leaving the block waits for the end', async () => {
  let child: SpawnedProcess;
  {
    await using short = spawn('/bin/sh', ['-c', 'exit 3'], ignored);
    child = short;
  }
  assert.equal((await child.exited).exitCode, 3);
});

test('subscribers of the diagnostics channels see every start and end', async () => {
  const messages: [string, unknown][] = [];
  const onSpawn = (message: unknown): void => void messages.push(['spawn', message]);
  const onExit = (message: unknown): void => void messages.push(['exit', message]);
  subscribe('raw-exec:spawn', onSpawn);
  subscribe('raw-exec:exit', onExit);
  const args = ['x'];
  const child = spawn('/bin/true', args, ignored);
  const status: ExitStatus = await child.exited;
  unsubscribe('raw-exec:spawn', onSpawn);
  unsubscribe('raw-exec:exit', onExit);
  assert.deepEqual(messages, [
    ['spawn', { process: child, command: '/bin/true', args, options: ignored }],
    ['exit', { process: child, status }],
  ]);
});

test('a listener that throws costs no other process its end, and its error is an uncaught exception', async () => {
  const { stdout, code } = await runProgram('throwing-listener.mjs');
  assert.deepEqual([stdout, code], ['ended 20 of 20, uncaught: 2 x listener\n', 0]);
});

test('process.exit in a listener ends the program at once', async () => {
  const { stdout, code, signal } = await runProgram('exit-in-listener.mjs');
  assert.deepEqual([stdout, code, signal], ['first end\n', 5, null]);
});

test('an unref()ed process does not keep the program alive, and ref() takes that back', async () => {
  const { stdout, code } = await runProgram('unref.mjs');
  assert.deepEqual([stdout, code], ['ref: ended\n', 0]);
});

test('a program may end while its processes run', async () => {
  const { stdout, code } = await runProgram('end-with-live-children.mjs');
  assert.equal(code, 0);
  for (const pid of stdout.trim().split(' ')) {
    // Not ours to wait for; init has them now. They are asked to go by their own time limit.
    assert.ok(Number(pid) > 0);
  }
});

test('worker threads start, stop and end with processes of their own', async () => {
  const { stdout, stderr, code } = await runProgram('workers.mjs');
  assert.equal(stderr, '');
  const result = JSON.parse(stdout) as {
    exits: number;
    environment: string;
    isOrphanAlive: boolean;
    pids: number[];
  };
  assert.deepEqual(
    [result.exits, result.environment, result.isOrphanAlive],
    [200, 'of the worker', true],
  );
  assert.equal(code, 0);
  // The end of the whole process is what their parentDeathSignal waits for.
  for (const pid of result.pids) await untilEnded(pid);
});
