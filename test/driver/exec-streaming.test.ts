// Commands beside tasks with their streams open, on pipes: what goes in and out, how they end, and that nothing of them is left.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import type { ExecTaskStreamingOptions } from '../../src/driver/driver-options.ts';
import type { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { ExecSession } from '../../src/driver/task-session.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { eventually } from '../helpers/eventually.ts';
import { hostTest } from '../helpers/host-test.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { allOf, SessionScreen } from '../helpers/session-screen.ts';
import { slowness } from '../helpers/slowness.ts';

const id = 'alloc/task/1';

interface Running {
  readonly driver: RawExecDriver;
  readonly taskDir: string;
  readonly run: (script: string, options?: ExecTaskStreamingOptions) => Promise<ExecSession>;
}

/** A task that runs, and shells beside it. */
async function running(t: TestContext): Promise<Running> {
  const { driver, taskDir, scriptTask } = await makeDriver(t);
  const env = { PATH: process.env['PATH'] ?? '', COLOUR: 'blue' };
  await driver.startTask(scriptTask('end-on-signal.sh', { env }));
  const run: Running['run'] = (script, options) =>
    driver.execTaskStreaming(id, ['sh', '-c', script], options);
  return { driver, taskDir, run };
}

hostTest(
  'A session runs as the task does, with three pipes and its exact exit code.',
  async (t) => {
    const { taskDir, run } = await running(t);
    await using session = await run('pwd; echo $COLOUR; read line; echo "got $line" >&2; exit 3');
    session.stdin.write('hello\n');
    const texts = [allOf(session.stdout), allOf(session.stderr)];
    assert.deepEqual(await Promise.all(texts), [`${taskDir}\nblue\n`, 'got hello\n']);
    assert.deepEqual(await session.exited, { exitCode: 3, signal: 0, isTimedOut: false });
  },
);

hostTest('The end of its input ends a session that reads it.', async (t) => {
  const { run } = await running(t);
  await using session = await run('cat');
  session.stdin.end('to the end');
  assert.equal(await allOf(session.stdout), 'to the end');
  assert.equal((await session.exited).exitCode, 0);
});

hostTest('Much data goes through a session unchanged.', async (t) => {
  const { run } = await running(t);
  await using session = await run('cat');
  const data = randomBytes(8 * 1024 * 1024);
  const hash = createHash('sha256');
  await Promise.all([
    pipeline([data], session.stdin),
    pipeline(session.stdout, async (chunks) => {
      for await (const chunk of chunks) hash.update(chunk as Buffer);
    }),
  ]);
  assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
  assert.equal((await session.exited).exitCode, 0);
});

hostTest(
  'A session whose output nobody reads is stopped, and goes on when it is read.',
  async (t) => {
    const { run } = await running(t);
    await using session = await run('head -c 4000000 /dev/zero; echo done >&2');
    const { stderr } = session;
    let hasTold = false;
    stderr?.on('data', () => {
      hasTold = true;
    });
    // Until the streams have taken what they hold, and the pipe is full.
    let last = -1;
    await eventually('nothing more comes', () => {
      const length = session.stdout.readableLength;
      const isSettled = length === last;
      last = length;
      return isSettled || undefined;
    });
    assert.ok(
      session.stdout.readableLength <= 2 * 65_536,
      `${session.stdout.readableLength} bytes`,
    );
    assert.equal(hasTold, false);
    assert.equal((await allOf(session.stdout)).length, 4_000_000);
    assert.equal((await session.exited).exitCode, 0);
    await eventually('the end is told', () => hasTold || undefined);
  },
);

hostTest(
  'A session that does not read its input takes no more of it than a pipe holds.',
  async (t) => {
    const { run } = await running(t);
    await using session = await run('read line; echo "$line"; exec sleep 1000');
    const screen = new SessionScreen(session);
    const chunk = Buffer.alloc(65_536, 'x');
    session.stdin.write('first\n');
    await screen.until(/first\n/);
    while (session.stdin.write(chunk)) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(session.stdin.writableNeedDrain, true);
    assert.ok(session.stdin.writableLength <= 2 * chunk.length);
  },
);

hostTest('A signal reaches the command, or all that came of it.', async (t) => {
  const { run } = await running(t);
  await using one = await run(
    'trap "echo caught; exit 5" USR1; echo ready; while :; do sleep 0.02; done',
  );
  const screen = new SessionScreen(one);
  await screen.until(/ready/);
  assert.equal(await one.signal('SIGUSR1'), true);
  await screen.until(/caught/);
  assert.equal((await one.exited).exitCode, 5);
  assert.equal(await one.signal('SIGUSR1'), false);
  await using all = await run('setsid sleep 1000 & echo $!; wait');
  const [pid = ''] = await new SessionScreen(all).until(/\d+(?=\n)/);
  // The process itself becomes sleep, so that what is signalled is what the number is of.
  await eventually('it is there', () => isAlive(pid) || undefined);
  assert.equal(await all.signal('SIGKILL', 'cgroup'), true);
  assert.deepEqual(await all.exited, { exitCode: 137, signal: 9, isTimedOut: false });
  await untilEnded(pid);
  await assert.rejects(all.signal('SIGNONE'), { code: 'ERR_SIGNAL_UNKNOWN' });
});

hostTest(
  'A session ends when its command does; its streams when nobody can write to them any more.',
  async (t) => {
    const { taskDir, run } = await running(t);
    await using session = await run(
      `(until [ -e ${taskDir}/go ]; do sleep 0.02; done; echo late) & echo early; exit 4`,
    );
    assert.equal((await session.exited).exitCode, 4);
    const screen = new SessionScreen(session);
    await screen.until(/early/);
    assert.equal(session.stdout.readableEnded, false);
    const ended = once(session.stdout, 'end');
    await using other = await run(`touch ${taskDir}/go`);
    assert.equal((await other.exited).exitCode, 0);
    await ended;
    assert.equal(screen.text, 'early\nlate\n');
  },
);

hostTest('Closing a session ends all that it has started, and nothing of the task.', async (t) => {
  const { driver, run } = await running(t);
  const session = await run(
    'setsid sleep 1000 >/dev/null 2>&1 & echo $!; nohup sleep 1000 >/dev/null 2>&1 & echo $!; echo .; exec sleep 1000',
  );
  const [text] = await new SessionScreen(session).until(/^\d+\n\d+\n\.\n/);
  await session.close({ graceMs: 10 });
  for (const pid of text.split('\n').slice(0, 2)) assert.equal(isAlive(pid), false, pid);
  assert.equal((await session.exited).signal, 1);
  assert.deepEqual([session.stdin.destroyed, session.stdout.destroyed], [true, true]);
  await session.close();
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

hostTest('Closing ends also what a command has left behind that has ended.', async (t) => {
  const { run } = await running(t);
  const session = await run('setsid sleep 1000 >/dev/null 2>&1 & echo $!');
  const pid = (await allOf(session.stdout)).trim();
  assert.equal(await allOf(session.stderr), '');
  assert.equal((await session.exited).exitCode, 0);
  await eventually('it is there', () => isAlive(pid) || undefined);
  await session.close({ graceMs: 0 });
  await untilEnded(pid);
});

hostTest('At its deadline a session is killed with all that came of it.', async (t) => {
  const { run } = await running(t);
  await using session = await run('trap "" HUP TERM; setsid sleep 1000 & echo $!; wait', {
    timeoutMs: 300 * slowness,
  });
  const text = await allOf(session.stdout);
  assert.deepEqual(await session.exited, { exitCode: 137, signal: 9, isTimedOut: true });
  await untilEnded(text.trim());
});

hostTest('An AbortSignal ends a session, and one that has fired starts none.', async (t) => {
  const { driver, run } = await running(t);
  const aborting = new AbortController();
  await using session = await run('trap "exit 6" HUP; echo ready; while :; do sleep 0.02; done', {
    signal: aborting.signal,
  });
  await new SessionScreen(session).until(/ready/);
  aborting.abort();
  assert.equal((await session.exited).exitCode, 6);
  const command = ['touch', 'never'] as const;
  const refused = driver.execTaskStreaming(id, command, { signal: aborting.signal });
  await assert.rejects(refused, { code: 'ERR_ABORTED' });
});

hostTest('Two sessions at once have streams and ends of their own.', async (t) => {
  const { run } = await running(t);
  await using one = await run('cat; exit 1');
  await using two = await run('cat; exit 2');
  two.stdin.end('two');
  one.stdin.end('one');
  assert.deepEqual(await Promise.all([allOf(one.stdout), allOf(two.stdout)]), ['one', 'two']);
  assert.deepEqual([(await one.exited).exitCode, (await two.exited).exitCode], [1, 2]);
});

hostTest('A stop of the task, and a close of the driver, end its sessions.', async (t) => {
  const { driver, run } = await running(t);
  const script = 'trap "" HUP INT TERM; echo ready; while :; do sleep 0.02; done';
  const session = await run(script);
  await new SessionScreen(session).until(/ready/);
  await driver.stopTask(id, { timeoutMs: 1000 * slowness });
  assert.equal((await session.exited).signal, 9);
  await assert.rejects(run('true'), { code: 'ERR_TASK_NOT_RUNNING' });
  await session.close();
  await driver.destroyTask(id);
  await assert.rejects(run('true'), { code: 'ERR_TASK_UNKNOWN' });
});

hostTest('A driver that is closed ends its sessions.', async (t) => {
  const { driver, run } = await running(t);
  const session = await run('trap "" HUP INT TERM; echo $$; while :; do sleep 0.02; done');
  const [pid] = await new SessionScreen(session).until(/\d+(?=\n)/);
  await driver.destroyTask(id, { force: true });
  await driver.close();
  await untilEnded(pid);
  assert.equal((await session.exited).signal, 9);
  assert.equal(session.stdout.destroyed, true);
});

hostTest('What can never work is refused before anything is started.', async (t) => {
  const { driver } = await running(t);
  const run = (options: object) => driver.execTaskStreaming(id, ['true'], options);
  const code = 'ERR_INVALID_OPTION';
  await assert.rejects(run({ tty: 'yes' }), { code, option: 'tty' });
  await assert.rejects(run({ tti: true }), { code, message: /Did you mean tty\?/ });
  await assert.rejects(run({ timeoutMs: 0 }), { code, option: 'timeoutMs' });
  await assert.rejects(run({ signal: 'SIGTERM' }), { code, option: 'signal' });
  const size = { rows: 24, columns: 80 };
  await assert.rejects(run({ terminalSize: size }), { code, option: 'terminalSize' });
  const sized = (terminalSize: unknown) => run({ tty: true, terminalSize });
  await assert.rejects(sized(80), { code, option: 'terminalSize' });
  await assert.rejects(sized({ ...size, rows: 0 }), { code, option: 'terminalSize.rows' });
  await assert.rejects(sized({ ...size, columns: 65_536 }), {
    code,
    option: 'terminalSize.columns',
  });
  await assert.rejects(sized({ rows: 24 }), { code, option: 'terminalSize.columns' });
  await assert.rejects(driver.execTaskStreaming(id, ['']), { code, option: 'command' });
  await assert.rejects(driver.execTaskStreaming(id, ['no-such-program']), {
    code: 'ERR_COMMAND_NOT_FOUND',
  });
  await using session = await driver.execTaskStreaming(id, ['cat']);
  assert.throws(() => session.resize(size), { code: 'ERR_NOT_SUPPORTED' });
});
