// Commands beside tasks of the keeper: whose children they are, what they survive, and that nothing is left of them.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { ExecResult } from '../../src/driver/task-host.ts';
import { isAtLeast } from '../../src/host/advice.ts';
import { spawn } from '../../src/process/spawn.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  holdersOf,
  keeperFolder,
  keepersOf,
  killAll,
  untilServed,
} from '../helpers/keeper-folder.ts';
import { placesIn, recordsIn, untilForgotten } from '../helpers/kept-session-traces.ts';
import { type KeptTasks, keptTasks } from '../helpers/kept-tasks.ts';
import { containmentOf, keptTest, withoutGroups } from '../helpers/kept-test.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { slowness } from '../helpers/slowness.ts';

const id = 'task';
/** Ends with code 7 once the file `go` is there; tells the test that it has begun. */
const patient =
  'echo before; touch begun; until [ -e go ]; do sleep 0.02; done; echo after; exit 7';

/** A task that runs, and a shell beside it. */
async function running(
  t: TestContext,
): Promise<
  KeptTasks & { readonly exec: (script: string, timeoutMs?: number) => Promise<ExecResult> }
> {
  const tasks = await keptTasks(t);
  await tasks.start(id, 'exec sleep 1000');
  return {
    ...tasks,
    exec: (script, timeoutMs = 1_000_000) =>
      tasks.driver.execTask(id, ['/bin/sh', '-c', script], { timeoutMs }),
  };
}

test("A command beside a task is the holder's child, in a place of its own that goes with it.", {
  skip: withoutGroups,
}, async (t) => {
  const { exec, stateDirectory } = await running(t);
  const { output } = await exec('echo $PPID; cat /proc/self/cgroup');
  const [parent, ...groups] = output.toString().split('\n');
  assert.deepEqual([Number(parent)], holdersOf(stateDirectory));
  const places = placesIn(groups.join('\n'));
  assert.equal(places.length, 1);
  assert.ok(!existsSync(places[0] ?? ''));
  await untilForgotten(stateDirectory);
});

test('What a command leaves behind stays in its place, and both go with the task.', {
  skip: withoutGroups,
}, async (t) => {
  const { exec, driver } = await running(t);
  const { output } = await exec('sleep 1000 >/dev/null 2>&1 & echo $!; cat /proc/self/cgroup');
  const [child = '', ...groups] = output.toString().split('\n');
  const [place = ''] = placesIn(groups.join('\n'));
  assert.ok(readFileSync(join(place, 'cgroup.procs'), 'utf8').split('\n').includes(child));
  await driver.destroyTask(id, { force: true });
  await untilEnded(child);
  assert.ok(!existsSync(place));
});

test('Many commands at once have places, outputs and ends of their own.', {
  skip: withoutGroups,
}, async (t) => {
  const { exec, stateDirectory } = await running(t);
  const codes = Array.from({ length: 20 }, (_, code) => code);
  const results = await Promise.all(
    codes.map((code) => exec(`grep -o 'x-[0-9.]*$' /proc/self/cgroup; echo ${code}; exit ${code}`)),
  );
  assert.deepEqual(
    results.map(({ exitCode }) => exitCode),
    codes,
  );
  const lines = results.map(({ output }) => output.toString().split('\n'));
  assert.deepEqual(
    lines.map((all) => all.at(-2)),
    codes.map(String),
  );
  assert.equal(new Set(lines.map(([place]) => place)).size, codes.length);
  await untilForgotten(stateDirectory);
});

for (const [who, find] of [
  ['keeper', keepersOf],
  ['holder', holdersOf],
] as const) {
  keptTest(
    `The ${who} is killed while a command runs: its end is exact, and its output whole.`,
    async (t) => {
      const { exec, stateDirectory, untilThere, finish } = await running(t);
      const result = exec(patient.replace('[ -e go ]', '[ -e go.end ]'));
      await untilThere('begun');
      killAll(find(stateDirectory));
      finish('go');
      const { exitCode, output, isTimedOut } = await result;
      assert.deepEqual([exitCode, output.toString(), isTimedOut], [7, 'before\nafter\n', false]);
      await eventually(
        'it is forgotten',
        () => recordsIn(stateDirectory).length === 0 || undefined,
      );
    },
  );
}

keptTest(
  'Keeper and holder are killed while a command runs: its end is exact where the kernel keeps it.',
  async (t) => {
    const { exec, driver, stateDirectory, untilThere, finish } = await running(t);
    const result = exec(patient.replace('[ -e go ]', '[ -e go.end ]'));
    await untilThere('begun');
    const old = keepersOf(stateDirectory);
    killAll([...old, ...holdersOf(stateDirectory)]);
    await eventually(
      'a new keeper',
      () => keepersOf(stateDirectory).some((pid) => !old.includes(pid)) || undefined,
    );
    await untilServed(stateDirectory);
    assert.equal((await driver.inspectTask(id)).state, 'running');
    finish('go');
    // A reaper has written it down; else PIDFD_INFO_EXIT of ioctl_pidfd(2) has to tell.
    if (containmentOf(t) === 'reaper' || isAtLeast(release(), '6.15'))
      assert.equal((await result).exitCode, 7);
    else await assert.rejects(result, { code: 'ERR_KEEPER_GONE' });
  },
);

keptTest('A command is begun also while a holder is being replaced.', async (t) => {
  const { exec, stateDirectory } = await running(t);
  for (const code of [1, 2, 3, 4, 5]) {
    // Once that of the round before has been replaced.
    const holders = await eventually('a holder', () => {
      const found = holdersOf(stateDirectory);
      return found.length === 0 ? undefined : found;
    });
    killAll(holders);
    assert.equal((await exec(`exit ${code}`)).exitCode, code);
  }
  await untilForgotten(stateDirectory);
});

keptTest(
  'A keeper that is killed at the deadline of a command is replaced, and the command is ended.',
  async (t) => {
    const { exec, stateDirectory, untilThere } = await running(t);
    const script = 'trap "" HUP INT TERM; touch begun; while true; do sleep 0.05; done';
    const result = exec(script, 500 * slowness);
    await untilThere('begun');
    killAll(keepersOf(stateDirectory));
    const { isTimedOut, signal } = await result;
    assert.deepEqual([isTimedOut, signal], [true, 9]);
  },
);

keptTest(
  'A supervisor is killed while a command runs: nothing of the command is left, and the task goes on.',
  async (t) => {
    const stateDirectory = keeperFolder(t);
    // The first driver has the keeper started, and the task ended, whatever becomes of the supervisor.
    const { driver, folder, untilThere } = await keptTasks(t, stateDirectory);
    const script = [
      'trap "" HUP',
      'sleep 1000 & echo $$ $! > pids',
      'cat /proc/self/cgroup > groups',
      'touch begun; while true; do sleep 0.05; done',
    ].join('\n');
    const supervisor = spawn(
      process.execPath,
      [
        fixture('driver/kept-supervisor.mjs'),
        moduleUrl('driver/raw-exec-driver'),
        stateDirectory,
        folder,
        'keep',
        'exec sleep 1000',
        containmentOf(t),
        script,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await untilThere('begun');
    const [place = ''] = placesIn(readFileSync(join(folder, 'groups'), 'utf8'));
    assert.equal(existsSync(place), containmentOf(t) === 'cgroup');
    const kept = 'alloc/task/1';
    cleanUp(t, () => driver.destroyTask(kept, { force: true }));
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
    const task = {
      id: kept,
      name: kept,
      taskDir: folder,
      env: {},
      driverConfig: { command: '/bin/sh' },
    };
    assert.equal((await driver.recoverTask(handle, task)).state, 'running');
  },
);

keptTest('A command ends with the stop of its task, and with the driver.', async (t) => {
  const { exec, driver, untilThere } = await running(t);
  const stopped = exec('trap "" HUP INT TERM; touch begun; while true; do sleep 0.05; done');
  await untilThere('begun');
  await driver.stopTask(id, { timeoutMs: 100 });
  assert.equal((await stopped).signal, 9);
  await assert.rejects(exec('true'), { code: 'ERR_TASK_NOT_RUNNING' });
  await driver.destroyTask(id);
});

keptTest('A driver that is closed ends its commands; the task goes on.', async (t) => {
  const tasks = await keptTasks(t);
  const other = await keptTasks(t, tasks.stateDirectory);
  const handle = await tasks.start(id, 'exec sleep 1000');
  const task = {
    id,
    name: id,
    taskDir: other.folder,
    env: { PATH: process.env['PATH'] ?? '' },
    driverConfig: { command: '/bin/sh' },
  };
  await other.driver.recoverTask(handle, task);
  const script = `echo $$ > ${other.folder}/pid; touch ${other.folder}/begun; exec sleep 1000`;
  const result = other.driver.execTask(id, ['/bin/sh', '-c', script], { timeoutMs: 1_000_000 });
  const refused = assert.rejects(result, { code: 'ERR_CLOSED' });
  await other.untilThere('begun');
  await other.driver.close();
  await refused;
  await untilEnded(readFileSync(join(other.folder, 'pid'), 'utf8').trim());
  await untilForgotten(tasks.stateDirectory);
  assert.equal((await tasks.driver.inspectTask(id)).state, 'running');
});

keptTest('No command is begun beside a task that is being stopped.', async (t) => {
  const tasks = await keptTasks(t);
  await tasks.start(id, 'trap "touch asked" INT; touch begun; while true; do sleep 0.02; done');
  await tasks.untilThere('begun');
  const stop = tasks.driver.stopTask(id, { timeoutMs: 2000 * slowness });
  await tasks.untilThere('asked');
  await assert.rejects(tasks.driver.execTask(id, ['/bin/true']), {
    code: 'ERR_TASK_NOT_RUNNING',
    message: /cannot start \/bin\/true beside task "task": .*is being stopped/,
  });
  await tasks.driver.signalTask(id, 'SIGKILL');
  await stop;
});
