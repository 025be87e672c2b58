// forwardSignals(): what this process gets is passed on, without a terminal and with one.

import assert from 'node:assert/strict';
import { spawn as spawnByNode } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { forwardSignals } from '../../src/process/forward-signals.ts';
import { spawn } from '../../src/process/spawn.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { resultOf } from '../helpers/node-program.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';
import { invalidOptionOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

const supervise = fixture('supervise.mjs');
const library = moduleUrl('index');

/** A supervisor without a terminal; its child prints the signals that it gets. */
async function supervisor(...args: string[]): Promise<{
  readonly send: (signal: NodeJS.Signals) => void;
  readonly says: (line: string) => Promise<unknown>;
  readonly end: Promise<[number | null, string | null]>;
}> {
  const node = spawnByNode(process.execPath, [supervise, library, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  node.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  const says = (line: string): Promise<unknown> =>
    eventually(
      `"${line}" in ${JSON.stringify(output)}`,
      () => output.includes(`${line}\n`) || undefined,
    );
  const end = once(node, 'close') as Promise<[number | null, string | null]>;
  await says('ready');
  return { send: (signal) => void node.kill(signal), says, end };
}

test('termination and user signals arrive, and the end is mirrored as an exit code', async () => {
  for (const group of ['inherit', 'new']) {
    const { send, says, end } = await supervisor(group, 'mirror', 'talk');
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
      send(signal);
      await says(`got ${signal}`);
    }
    send('SIGTERM');
    assert.deepEqual(await end, [7, null]);
  }
});

test('an end by a signal is mirrored as the same signal', async () => {
  const { send, end } = await supervisor('new', 'mirror', 'quiet');
  send('SIGTERM');
  assert.deepEqual(await end, [null, 'SIGTERM']);
});

test('without mirror this process goes on after the end of the child', async () => {
  const { send, says, end } = await supervisor('new', 'go-on', 'quiet');
  send('SIGINT');
  await says('child ended by SIGINT');
  assert.deepEqual(await end, [0, null]);
});

test('close takes the listeners away; so does the end of the child', async () => {
  const before = process.listenerCount('SIGTERM');
  const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' });
  const forwarding = forwardSignals(child);
  assert.equal(process.listenerCount('SIGTERM'), before + 1);
  forwarding.close();
  forwarding.close();
  assert.equal(process.listenerCount('SIGTERM'), before);
  {
    using _second = forwardSignals(child, { signals: ['SIGUSR2'] });
    assert.equal(process.listenerCount('SIGTERM'), before);
    assert.equal(process.listenerCount('SIGUSR2'), 1);
  }
  assert.equal(process.listenerCount('SIGUSR2'), 0);
  forwardSignals(child);
  child.kill('SIGKILL');
  await child.exited;
  assert.equal(process.listenerCount('SIGTERM'), before);
  forwardSignals(child);
  assert.equal(process.listenerCount('SIGTERM'), before);
});

test('bad options are refused, each with its message', async () => {
  const child = spawn('/bin/true', [], { stdio: 'ignore' });
  const bad: readonly [object, string][] = [
    [
      { signals: 'SIGTERM' },
      'option "signals" is \'SIGTERM\'; it must be an array of signal names',
    ],
    [
      { signals: ['SIGX'] },
      'option "signals[0]": unknown signal \'SIGX\'; did you mean "SIGXCPU"?',
    ],
    [
      { signals: ['SIGKILL'] },
      'option "signals[0]" is \'SIGKILL\'; it must be a signal that can be caught',
    ],
    [
      { signals: ['SIGUSR2', 'SIGRTMIN+1'] },
      'option "signals[1]" is \'SIGRTMIN+1\'; it must be a signal that Node can catch, so no real-time signal',
    ],
    [{ to: 'all' }, "option \"to\" is 'all'; it must be 'main' or 'group'"],
    [{ miror: true }, 'unknown option "miror"; did you mean "mirror"?'],
    [{ mirror: 1 }, 'option "mirror" is 1; it must be true or false'],
  ];
  for (const [options, message] of bad) {
    assert.equal(
      invalidOptionOf(() => forwardSignals(child, options)).message.replace(/; (did|such).*/, ''),
      message.replace(/; (did|such).*/, ''),
    );
  }
  await child.exited;
});

for (const group of ['inherit', 'new']) {
  test(`with a terminal, Ctrl-C reaches a child (process group: ${group}) once`, async (t) => {
    const session = TerminalSession.open(t);
    await session.line(`node ${supervise} ${library} ${group} mirror talk; echo code=$?`);
    await session.shows('ready');
    session.type('\x03');
    await session.shows('got SIGINT');
    session.type('\x1c');
    await session.shows('got SIGQUIT');
    assert.equal(session.count('got SIGINT'), 1);
    session.resize(100, 33);
    await session.shows('got SIGWINCH');
    assert.equal(session.count('got SIGWINCH'), 1);
    session.type('e\n');
    await session.shows('code=7');
  });

  test(`with a terminal, Ctrl-Z and fg work (process group: ${group})`, async (t) => {
    const session = TerminalSession.open(t);
    await session.line(`node ${supervise} ${library} ${group} mirror read`);
    await session.shows('ready');
    session.type('\x1a');
    await session.shows('Stopped');
    await session.line('echo prompt=$((40+2))');
    await session.shows('prompt=42');
    await session.line('fg');
    session.type('through\n');
    await session.shows('read through');
    await session.line('echo code=$?');
    await session.shows('code=9');
  });
}

test("a child that has become another user's costs a warning, not this process", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('only root can start a program as another user and give up its rights');
    return;
  }
  const program = spawnByNode(process.execPath, [fixture('powerless-parent.mjs'), library]);
  const { stdout, stderr, code } = await resultOf(program);
  assert.equal(code, 0, stderr);
  const refused = (signal: string): string =>
    `RawExecError ERR_NOT_PERMITTED: cannot send ${signal} to process PID: EPERM (operation not permitted)\n`;
  assert.equal(stdout, `${refused('SIGTERM')}${refused('SIGUSR2')}exit 0\n`);
});

test('a worker thread, which is told no signals, is refused', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(library)}).then(({ forwardSignals, spawn }) => {
      try {
        forwardSignals(spawn('/bin/true', [], { stdio: 'ignore' }));
        parentPort.postMessage('taken');
      } catch (error) {
        parentPort.postMessage(error.code);
      }
    });`,
    { eval: true },
  );
  // Waited for at once: a worker that ends quickly tells its last message and its exit in one turn of the event loop.
  const [[answer]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.equal(answer, 'ERR_NOT_SUPPORTED');
});
