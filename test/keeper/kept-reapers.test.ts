// What is particular about tasks of the keeper that have no groups of their own: who their reapers are, what these survive, and what
// becomes of a task whose reaper somebody has killed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { DriverTask } from '../../src/driver/task.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { ignoringClosed } from '../helpers/driver-task.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  holdersOf,
  keeperFolder,
  keepersOf,
  killAll,
  reapersOf,
  untilServed,
} from '../helpers/keeper-folder.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { slowness } from '../helpers/slowness.ts';
import { parentOf, signal } from '../helpers/storm/processes.ts';
import { lastingFolder } from '../helpers/temporary-folder.ts';

const id = 'task';

interface Fixture {
  readonly driver: RawExecDriver;
  readonly stateDirectory: string;
  /** The tasks' own. */
  readonly folder: string;
  readonly task: (script: string) => DriverTask;
  /** Starts it, and waits for the numbers that it writes to `pids`, then for `begun`. */
  readonly start: (script: string) => Promise<readonly number[]>;
  readonly records: () => readonly string[];
}

async function makeFixture(t: TestContext): Promise<Fixture> {
  const stateDirectory = keeperFolder(t);
  const folder = lastingFolder(t);
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory, containment: 'reaper' },
  });
  cleanUp(t, () => driver.close());
  cleanUp(t, () => ignoringClosed(driver.destroyTask(id, { force: true })));
  const task = (script: string): DriverTask => ({
    id,
    name: id,
    taskDir: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    driverConfig: { command: '/bin/sh', args: ['-c', script] },
  });
  return {
    driver,
    stateDirectory,
    folder,
    task,
    start: async (script) => {
      await driver.startTask(task(script));
      await eventually('the task has begun', () => existsSync(join(folder, 'begun')) || undefined);
      return readFileSync(join(folder, 'pids'), 'utf8').trim().split(/\s+/).map(Number);
    },
    records: () => readdirSync(join(stateDirectory, 'tasks')),
  };
}

const forever = 'while :; do sleep 0.02; done';

function only(pids: readonly number[]): number {
  assert.equal(pids.length, 1);
  return pids[0] ?? 0;
}

test("A task is the child of a reaper, which is the holder's, and nothing is left of either.", async (t) => {
  const { driver, stateDirectory, start, records } = await makeFixture(t);
  const [main = 0] = await start(`echo $$ > pids; touch begun; ${forever}`);
  const reaper = only(reapersOf(stateDirectory));
  assert.equal(parentOf(main), reaper);
  assert.equal(parentOf(reaper), only(holdersOf(stateDirectory)));
  const { attributes } = await driver.inspectTask(id);
  assert.equal(attributes['containment'], 'tree');
  await driver.destroyTask(id, { force: true });
  assert.ok(!isAlive(reaper), 'the stop has waited for it');
  assert.deepEqual(records(), []);
});

test('A task that ends while neither keeper nor holder lives has its exact end, with its times.', async (t) => {
  const { driver, stateDirectory, folder, start } = await makeFixture(t);
  const [main = 0] = await start(
    'echo $$ > pids; touch begun; until [ -e end ]; do :; done; exit 7',
  );
  await driver.close();
  await eventually('both are gone', () => {
    // The one may have started the other again before it was killed itself.
    const both = [...holdersOf(stateDirectory), ...keepersOf(stateDirectory)];
    killAll(both);
    return both.length === 0 || undefined;
  });
  writeFileSync(join(folder, 'end'), '');
  await untilEnded(main);
  await eventually(
    'its reaper has ended',
    () => reapersOf(stateDirectory).length === 0 || undefined,
  );
  const next = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory },
  });
  cleanUp(t, () => next.close());
  const handle = { version: 1, driver: 'raw_exec', id, pid: 0, startedAt: new Date() } as const;
  const { state, exit } = await next.recoverTask(handle, {
    id,
    name: id,
    taskDir: folder,
    env: {},
    driverConfig: { command: '/bin/sh' },
  });
  assert.deepEqual([state, exit?.exitCode, exit?.isStatusKnown], ['exited', 7, true]);
  await next.destroyTask(id);
});

test('A reaper that is stopped keeps nobody from stopping its task, nor its end from being exact.', async (t) => {
  const { driver, stateDirectory, start } = await makeFixture(t);
  const [, child = 0] = await start(
    `trap 'exit 3' TERM; setsid sh -c 'trap "" TERM; ${forever}' & echo $$ $! > pids; touch begun; ${forever}`,
  );
  const reaper = only(reapersOf(stateDirectory));
  signal(reaper, 'SIGSTOP');
  const { exit } = await driver.stopTask(id, { killSignal: 'SIGTERM', timeoutMs: 1000 * slowness });
  assert.deepEqual([exit?.exitCode, exit?.reason], [3, 'stopped']);
  assert.ok(!isAlive(child));
  assert.ok(!isAlive(reaper));
});

test('A reaper that is killed takes its task along: its end is exact, its session is killed, and it is told.', async (t) => {
  const { driver, stateDirectory, start, records } = await makeFixture(t);
  const [main = 0, child = 0] = await start(
    `trap '' HUP; sh -c '${forever}' & echo $$ $! > pids; touch begun; ${forever}`,
  );
  killAll(reapersOf(stateDirectory));
  const exit = await driver.waitTask(id);
  assert.deepEqual([exit.signal, exit.isStatusKnown], [9, true]);
  assert.ok(!isAlive(main));
  await untilEnded(child);
  await driver.destroyTask(id);
  assert.deepEqual(records(), []);
  const log = readFileSync(join(stateDirectory, 'keeper.log'), 'utf8');
  assert.match(log, /the reaper of task task was killed/);
});

function isAnyoneOf(session: number): boolean {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.some((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, , , of] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && Number(of) === session;
    } catch {
      return false; // it has ended since it was found
    }
  });
}

test('Of a session that forks while its reaper is killed nobody is left.', async (t) => {
  const { driver, stateDirectory, folder, start } = await makeFixture(t);
  // Each is an orphan at once: its parent ends when it has forked. The file ends them when nobody else has.
  const file = join(folder, 'bomb');
  writeFileSync(file, '/bin/sh bomb & :\n');
  cleanUp(t, () => rmSync(file, { force: true }));
  const bomb = '/bin/sh bomb 2>/dev/null & /bin/sh bomb 2>/dev/null &';
  await start(`trap '' HUP; echo $$ > pids; (${bomb}) ; touch begun; ${forever}`);
  const reaper = only(reapersOf(stateDirectory));
  killAll([reaper]);
  await driver.waitTask(id);
  // One look may miss who lives for a moment, many do not.
  const many = Array.from({ length: 50 }, () => reaper);
  await eventually('all have ended', () => !many.some(isAnyoneOf) || undefined);
  await driver.destroyTask(id, { force: true });
});

test('A keeper that has not descriptors enough for the tasks that it finds says of none that it has ended.', async (t) => {
  const { driver, stateDirectory, folder, start, task } = await makeFixture(t);
  await start(`echo $$ > pids; touch begun; until [ -e end ]; do sleep 0.02; done; exit 7`);
  const others = Array.from({ length: 20 }, (_, at) => `other${at}`);
  const patient = 'until [ -e end ]; do sleep 0.02; done; exit 8';
  for (const other of others) await driver.startTask({ ...task(patient), id: other });
  await driver.close();
  // It starts the next keeper, which cannot raise its limit then.
  const holder = only(holdersOf(stateDirectory));
  execFileSync('prlimit', [`--pid=${holder}`, '--nofile=30:30']);
  const before = keepersOf(stateDirectory);
  killAll(before);
  const log = join(stateDirectory, 'keeper.log');
  await eventually('it has looked for its tasks', () => {
    return (
      (existsSync(log) && readFileSync(log, 'utf8').includes('cannot watch task')) || undefined
    );
  });
  // As those end that it sees, the others are seen.
  writeFileSync(join(folder, 'end'), '');
  const next = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory },
  });
  cleanUp(t, () => next.close());
  for (const one of [id, ...others]) {
    cleanUp(t, () => ignoringClosed(next.destroyTask(one, { force: true })));
    const start = { pid: 0, startedAt: new Date() };
    const handle = { version: 1, driver: 'raw_exec', id: one, ...start } as const;
    await next.recoverTask(handle, { ...task(patient), id: one });
    const exit = await next.waitTask(one);
    assert.deepEqual([exit.exitCode, exit.isStatusKnown], [one === id ? 7 : 8, true]);
  }
});

test('A reaper that is killed after its holder leaves the task to the keeper, which has its exact end.', async (t) => {
  const { driver, stateDirectory, start } = await makeFixture(t);
  await start(`echo $$ > pids; touch begun; ${forever}`);
  const [holder = 0] = holdersOf(stateDirectory);
  killAll([holder]);
  await untilEnded(holder);
  killAll(reapersOf(stateDirectory));
  const exit = await driver.waitTask(id);
  assert.deepEqual([exit.signal, exit.isStatusKnown], [9, true]);
  await driver.destroyTask(id);
});

test('A command beside a task has a reaper of its own; what it leaves goes with the task, and so do its records.', async (t) => {
  const { driver, stateDirectory, start, records } = await makeFixture(t);
  await start(`echo $$ > pids; touch begun; ${forever}`);
  const first = only(reapersOf(stateDirectory));
  const script = 'echo $PPID; sleep 1000 >/dev/null 2>&1 & echo $!; exit 5';
  const { output, exitCode } = await driver.execTask(id, ['/bin/sh', '-c', script]);
  assert.equal(exitCode, 5);
  const [reaper = 0, left = 0] = output.toString().trim().split('\n').map(Number);
  assert.deepEqual(new Set(reapersOf(stateDirectory)), new Set([first, reaper]));
  assert.equal(parentOf(reaper), only(holdersOf(stateDirectory)));
  assert.ok(isAlive(left));
  // A keeper that comes later knows it, too.
  killAll(keepersOf(stateDirectory));
  await untilServed(stateDirectory);
  assert.ok(isAlive(left));
  await driver.destroyTask(id, { force: true });
  assert.ok(!isAlive(left));
  await eventually('its records are gone', () => records().length === 0 || undefined);
});

test('What a command has left ends by itself: then nothing of it is known any more, and the task goes on.', async (t) => {
  const { driver, stateDirectory, folder, start, records } = await makeFixture(t);
  await start(`echo $$ > pids; touch begun; ${forever}`);
  const before = records();
  const script = '(until [ -e over ]; do sleep 0.02; done) >/dev/null 2>&1 &';
  await driver.execTask(id, ['/bin/sh', '-c', script]);
  assert.equal(reapersOf(stateDirectory).length, 2);
  writeFileSync(join(folder, 'over'), '');
  await eventually('its records are gone', () => {
    return records().length === before.length || undefined;
  });
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

test('A task that forks faster than it is found is ended, whatever sessions it makes.', async (t) => {
  const { driver, start } = await makeFixture(t);
  const bomb = 'f() { setsid sh -c "sleep 0.01" & sleep 0.005; f & }; f';
  await start(`echo $$ > pids; touch begun; ${bomb}; ${forever}`);
  await driver.stopTask(id, { timeoutMs: 0 });
  assert.deepEqual((await driver.inspectTask(id)).state, 'exited');
});

test('A task that was started below a reaper is not started again while anything of it runs.', async (t) => {
  const { driver, start, task } = await makeFixture(t);
  const [, left = 0] = await start(
    'setsid sleep 1000 >/dev/null 2>&1 & echo $$ $! > pids; touch begun; exit 0',
  );
  await driver.waitTask(id);
  assert.ok(isAlive(left));
  await assert.rejects(driver.startTask(task('true')), { code: 'ERR_TASK_EXISTS' });
  await driver.destroyTask(id);
  assert.ok(!isAlive(left));
});
