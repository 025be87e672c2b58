// Commands beside tasks on a terminal: job control, window sizes, and where the streams of a terminal end.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { ExecTaskStreamingOptions } from '../../src/driver/driver-options.ts';
import type { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { ExecSession } from '../../src/driver/task-session.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { eventually } from '../helpers/eventually.ts';
import { hostTest } from '../helpers/host-test.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { allOf, SessionScreen } from '../helpers/session-screen.ts';

const id = 'alloc/task/1';

interface Running {
  readonly driver: RawExecDriver;
  readonly run: (
    command: readonly [string, ...string[]],
    options?: ExecTaskStreamingOptions,
  ) => Promise<ExecSession>;
}

/** A task that runs, and commands beside it on terminals. */
async function running(t: TestContext, env: Record<string, string> = {}): Promise<Running> {
  const { driver, scriptTask } = await makeDriver(t);
  const path = { PATH: process.env['PATH'] ?? '', PS1: '$ ' };
  await driver.startTask(scriptTask('end-on-signal.sh', { env: { ...path, ...env } }));
  return {
    driver,
    run: (command, options) => driver.execTaskStreaming(id, command, { tty: true, ...options }),
  };
}

hostTest('A shell on a terminal has job control: Ctrl-C reaches what runs in front.', async (t) => {
  const { run } = await running(t);
  await using session = await run(['sh', '-i']);
  assert.equal(session.stderr, null);
  const screen = new SessionScreen(session);
  await screen.until(/\$ /);
  session.stdin.write("sh -c 'echo in $$; exec sleep 1000'\n");
  const [, pid = ''] = await screen.until(/in (\d+)/);
  session.stdin.write('\x03');
  await untilEnded(pid);
  session.stdin.write('echo "code $?"; exit 7\n');
  await screen.until(/code 130/);
  assert.deepEqual(await session.exited, { exitCode: 7, signal: 0, isTimedOut: false });
});

hostTest('A terminal has its size before the program starts, and tells of changes.', async (t) => {
  const { run } = await running(t);
  const terminalSize = { rows: 33, columns: 101 };
  await using session = await run(
    ['sh', '-c', 'trap "stty size" WINCH; stty size; while :; do sleep 0.02; done'],
    { terminalSize },
  );
  const screen = new SessionScreen(session);
  await screen.until(/33 101/);
  assert.equal(session.resize({ rows: 50, columns: 65_535 }), true);
  await screen.until(/50 65535/);
  const code = 'ERR_INVALID_OPTION';
  assert.throws(() => session.resize({ rows: 0, columns: 80 }), { code, option: 'size.rows' });
  await session.close({ graceMs: 0 });
  assert.equal(session.resize(terminalSize), false);
});

hostTest(
  'Programs are told what kind of terminal they have, unless the task says it.',
  async (t) => {
    const { run } = await running(t);
    await using session = await run(['sh', '-c', 'echo "<$TERM>"; stty size']);
    assert.equal(await allOf(session.stdout), '<xterm>\r\n24 80\r\n');
  },
);

hostTest("The task's own TERM stays.", async (t) => {
  const { run } = await running(t, { TERM: 'vt52' });
  await using session = await run(['sh', '-c', 'echo "<$TERM>"']);
  assert.equal(await allOf(session.stdout), '<vt52>\r\n');
});

hostTest('All that was written before the end is read, however late.', async (t) => {
  const { run } = await running(t);
  await using session = await run(['sh', '-c', 'stty raw; seq 1 2000']);
  const lines = Array.from({ length: 2000 }, (_, index) => `${index + 1}\n`).join('');
  // Less than the kernel holds: the program ends while nobody reads.
  assert.equal((await session.exited).exitCode, 0);
  assert.equal(session.stdin.destroyed, true);
  assert.equal(await allOf(session.stdout), lines);
});

hostTest('What keeps a terminal open does not keep its session from ending.', async (t) => {
  const { run } = await running(t);
  await using session = await run(['sh', '-c', 'trap "" HUP; sleep 1000 & echo $!; exit 4']);
  assert.equal((await session.exited).exitCode, 4);
  const screen = new SessionScreen(session);
  const [pid] = await screen.until(/\d+(?=\r\n)/);
  assert.deepEqual([isAlive(pid), session.stdout.readableEnded], [true, false]);
  const ended = once(session.stdout, 'close');
  await session.close({ graceMs: 0 });
  await ended;
  await untilEnded(pid);
});

hostTest(
  'The output goes on while the command runs, whoever closes the terminal meanwhile.',
  async (t) => {
    const { run } = await running(t);
    const script = 'exec <&- >&- 2>&-; sleep 0.1; echo again >/dev/tty';
    await using session = await run(['sh', '-c', script]);
    assert.equal(await allOf(session.stdout), 'again\r\n');
  },
);

hostTest('The end of the input is typed: what reads lines ends by it.', async (t) => {
  const { run } = await running(t);
  await using whole = await run(['sh', '-c', 'stty -echo; echo ready; cat; echo "end $?"']);
  const screen = new SessionScreen(whole);
  await screen.until(/ready/);
  whole.stdin.end('a line\n');
  await screen.until(/a line\r\nend 0/);
  assert.equal((await whole.exited).exitCode, 0);
  await using part = await run(['sh', '-c', 'stty -echo; echo ready; cat; echo " end $?"']);
  const other = new SessionScreen(part);
  await other.until(/ready/);
  part.stdin.end('no line');
  await other.until(/no line end 0/);
  assert.equal((await part.exited).exitCode, 0);
});

hostTest('Much data goes through a terminal unchanged, both ways at once.', async (t) => {
  const { run } = await running(t);
  const data = randomBytes(1024 * 1024);
  const script = `stty raw -echo; echo ready; exec head -c ${data.length}`;
  await using session = await run(['sh', '-c', script]);
  const screen = new SessionScreen(session);
  await screen.until(/ready\n/);
  const before = screen.text.length;
  session.stdin.write(data);
  assert.equal((await session.exited).exitCode, 0);
  await eventually('it has ended', () => session.stdout.readableEnded || undefined);
  const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  assert.equal(sum(Buffer.from(screen.text.slice(before), 'latin1')), sum(data));
});

hostTest(
  'A terminal that nobody reads stops its programs, and one that they do not read its writer.',
  async (t) => {
    const { run } = await running(t);
    await using session = await run([
      'sh',
      '-c',
      'stty raw -echo; head -c 1000000 /dev/zero; exit 3',
    ]);
    session.stdout.once('readable', () => undefined);
    const { stdout, stdin } = session;
    let last = -1;
    await eventually('nothing more comes', () => {
      const isSettled = stdout.readableLength > 0 && stdout.readableLength === last;
      last = stdout.readableLength;
      return isSettled || undefined;
    });
    assert.ok(stdout.readableLength <= 2 * 65_536, `${stdout.readableLength} bytes`);
    const chunk = Buffer.alloc(65_536, 'x');
    while (stdin.write(chunk)) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(stdin.writableLength <= 2 * chunk.length, `${stdin.writableLength} bytes`);
    assert.equal((await allOf(stdout)).length, 1_000_000);
    assert.equal((await session.exited).exitCode, 3);
  },
);

hostTest('Closing a terminal ends its jobs, those that ignore the hang-up too.', async (t) => {
  const { run } = await running(t);
  const session = await run(['sh', '-i']);
  const screen = new SessionScreen(session);
  await screen.until(/\$ /);
  session.stdin.write('(trap "" HUP; exec sleep 1000) & echo "job $!"\n');
  const [, pid = ''] = await screen.until(/job (\d+)/);
  await session.close({ graceMs: 100 });
  assert.equal(isAlive(pid), false);
  await session.exited;
});

hostTest('Destroying the output hangs the terminal up.', async (t) => {
  const { run } = await running(t);
  await using session = await run([
    'sh',
    '-c',
    'trap "exit 9" HUP; echo ready; while :; do sleep 0.02; done',
  ]);
  await new SessionScreen(session).until(/ready/);
  session.stdout.destroy();
  assert.equal((await session.exited).exitCode, 9);
});

hostTest(
  "A terminal belongs to its task's user, who can open it by name.",
  { skip: process.geteuid?.() !== 0 && 'only root can run a task as another user' },
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    const sleep = { command: 'sleep', args: ['1000'] };
    await driver.startTask(configTask(sleep, { user: 'nobody' }));
    const script = 'id -un; stat -c %U "$(tty)"; echo by name > "$(tty)"';
    await using session = await driver.execTaskStreaming(id, ['sh', '-c', script], { tty: true });
    assert.equal(await allOf(session.stdout), 'nobody\r\nnobody\r\nby name\r\n');
  },
);

hostTest('A terminal that is resized after its command has ended is no mistake.', async (t) => {
  const { run } = await running(t);
  await using session = await run(['true']);
  await session.exited;
  assert.equal(await allOf(session.stdout), '');
  await eventually('it is gone', () => !session.resize({ rows: 1, columns: 1 }) || undefined);
});

hostTest('No descriptor is left of sessions that are over, or closed.', async (t) => {
  const { run } = await running(t);
  const runTwo = async (tty: boolean): Promise<void> => {
    await using closed = await run(['cat'], { tty });
    await using over = await run(['true'], { tty });
    over.stdout.resume();
    over.stderr?.resume();
    await over.exited;
    assert.equal(closed.stdout.destroyed, false);
    await closed.close({ graceMs: 0 });
  };
  const open = (): number => readdirSync('/proc/self/fd').length;
  await runTwo(true);
  const before = open();
  for (let round = 0; round < 5; round += 1) await Promise.all([runTwo(true), runTwo(false)]);
  await eventually('all are closed', () => open() <= before || undefined);
});
