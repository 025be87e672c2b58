// Commands beside tasks of the keeper with their streams open: what they survive, and that nothing of them is left.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ExecTaskStreamingOptions } from '../../src/driver/driver-options.ts';
import type { ExecSession } from '../../src/driver/task-session.ts';
import { spawn } from '../../src/process/spawn.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { holdersOf, keeperFolder, keepersOf, killAll } from '../helpers/keeper-folder.ts';
import { placesIn, untilForgotten } from '../helpers/kept-session-traces.ts';
import { type KeptTasks, keptTasks } from '../helpers/kept-tasks.ts';
import { containmentOf, keptTest } from '../helpers/kept-test.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { allOf, SessionScreen } from '../helpers/session-screen.ts';

const id = 'task';

interface Running extends KeptTasks {
  readonly open: (script: string, options?: ExecTaskStreamingOptions) => Promise<ExecSession>;
}

/** A task that runs, and sessions beside it. */
async function running(t: TestContext): Promise<Running> {
  const tasks = await keptTasks(t);
  await tasks.start(id, 'exec sleep 1000');
  const open: Running['open'] = (script, options) =>
    tasks.driver.execTaskStreaming(id, ['/bin/sh', '-c', script], options);
  return { ...tasks, open };
}

keptTest('A session whose output has ended with it is forgotten by itself.', async (t) => {
  const { open, stateDirectory } = await running(t);
  const session = await open('echo out; exit 3');
  assert.deepEqual([await allOf(session.stdout), await allOf(session.stderr)], ['out\n', '']);
  assert.equal((await session.exited).exitCode, 3);
  await untilForgotten(stateDirectory);
});

keptTest('A session that is closed is forgotten, with its place.', async (t) => {
  const { open, stateDirectory } = await running(t);
  const session = await open('cat /proc/self/cgroup; echo .; exec sleep 1000', { tty: true });
  const screen = new SessionScreen(session);
  await screen.until(/\.\r\n/);
  const [place = ''] = placesIn(screen.text.replaceAll('\r', ''));
  assert.equal(existsSync(place), containmentOf(t) === 'cgroup');
  await session.close();
  await eventually('its place is removed', () => !existsSync(place) || undefined);
  await untilForgotten(stateDirectory);
});

for (const [who, find] of [
  ['keeper', keepersOf],
  ['holder', holdersOf],
] as const) {
  keptTest(`The ${who} is killed: a terminal goes on, and its end is exact.`, async (t) => {
    const { open, stateDirectory } = await running(t);
    const script = 'stty -echo; echo ready; read line; echo "got $line"; exit 7';
    const session = await open(script, { tty: true });
    const screen = new SessionScreen(session);
    await screen.until(/ready/);
    killAll(find(stateDirectory));
    session.stdin.write('hello\n');
    await screen.until(/got hello/);
    assert.equal((await session.exited).exitCode, 7);
    await session.close();
    await untilForgotten(stateDirectory);
  });
}

keptTest(
  'A keeper that is killed at the close of a session is replaced, and it is ended.',
  async (t) => {
    const { open, stateDirectory } = await running(t);
    const session = await open('trap "" HUP; echo $$; while :; do sleep 0.02; done');
    const [pid] = await new SessionScreen(session).until(/\d+(?=\n)/);
    killAll(keepersOf(stateDirectory));
    await session.close({ graceMs: 100 });
    assert.equal(isAlive(pid), false);
    assert.equal((await session.exited).signal, 9);
  },
);

keptTest(
  'A supervisor is killed: nothing of its terminal session is left, the task goes on.',
  async (t) => {
    const stateDirectory = keeperFolder(t);
    // The first driver has the keeper started, and the task ended, whatever becomes of the supervisor.
    const { driver, folder, untilThere } = await keptTasks(t, stateDirectory);
    const script = [
      'trap "" HUP',
      'setsid sleep 1000 & echo $$ $! > pids',
      'cat /proc/self/cgroup > groups; tty > terminal',
      'touch begun; while true; do sleep 0.05; done',
    ].join('\n');
    const file = moduleUrl('driver/raw-exec-driver');
    const task = ['keep', 'exec sleep 1000', containmentOf(t)];
    const supervisor = spawn(
      process.execPath,
      [fixture('driver/kept-supervisor.mjs'), file, stateDirectory, folder, ...task, script, 'tty'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await untilThere('begun');
    const kept = 'alloc/task/1';
    cleanUp(t, () => driver.destroyTask(kept, { force: true }));
    assert.match(readFileSync(join(folder, 'terminal'), 'utf8'), /^\/dev\/pts\/\d+\n$/);
    const [place = ''] = placesIn(readFileSync(join(folder, 'groups'), 'utf8'));
    supervisor.kill('SIGKILL');
    await supervisor.exited;
    for (const pid of readFileSync(join(folder, 'pids'), 'utf8').trim().split(' ')) {
      await untilEnded(pid);
    }
    await eventually('its place is removed', () => !existsSync(place) || undefined);
    await untilForgotten(stateDirectory);
    const handle = {
      version: 1,
      driver: 'raw_exec',
      id: kept,
      pid: 0,
      startedAt: new Date(),
    } as const;
    const driverConfig = { command: '/bin/sh' };
    const known = { id: kept, name: kept, taskDir: folder, env: {}, driverConfig };
    assert.equal((await driver.recoverTask(handle, known)).state, 'running');
  },
);
