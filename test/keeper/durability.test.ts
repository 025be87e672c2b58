// What a task of the keeper survives: its supervisor, the keeper, the holder, each killed with SIGKILL.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { InProcessHost } from '../../src/driver/in-process-host.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { DriverTask, TaskHandle } from '../../src/driver/task.ts';
import { isAtLeast } from '../../src/host/advice.ts';
import { spawn } from '../../src/process/spawn.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { outputOf } from '../helpers/hostile-program.ts';
import { holdersOf, keeperFolder, keepersOf, untilServed } from '../helpers/keeper-folder.ts';
import { containmentOf, keptTest, withoutGroups } from '../helpers/kept-test.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const id = 'alloc/task/1';
/** Ends with code 7 once the file `end` is there, and says how often it has looked. */
const patient = 'echo ready; until [ -e end ]; do sleep 0.02; done; exit 7';

interface Kept {
  readonly driver: RawExecDriver;
  readonly stateDirectory: string;
  readonly task: DriverTask;
  readonly handle: TaskHandle;
  /** Lets the task end with code 7. */
  readonly finish: () => void;
}

async function startPatient(
  t: TestContext,
  script = patient,
  env: Readonly<Record<string, string>> = {},
): Promise<Kept> {
  const stateDirectory = keeperFolder(t);
  const taskDir = temporaryFolder(t);
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory, containment: containmentOf(t) },
  });
  const task = {
    id,
    name: 'task',
    taskDir,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    driverConfig: { command: '/bin/sh', args: ['-c', script] },
    stdoutPath: join(taskDir, 'stdout'),
  };
  cleanUp(t, async () => {
    // The test may have closed the driver, to take the task over with another.
    if (existsSync(join(stateDirectory, 'keeper.sock'))) await endTask(stateDirectory, task);
    await driver.close();
  });
  const handle = await driver.startTask(task);
  await eventually('the task runs', () => {
    const text = existsSync(task.stdoutPath) ? readFileSync(task.stdoutPath, 'utf8') : '';
    return text.includes('ready') || undefined;
  });
  return {
    driver,
    stateDirectory,
    task,
    handle,
    finish: () => writeFileSync(join(taskDir, 'end'), ''),
  };
}

async function recovered(stateDirectory: string): Promise<RawExecDriver> {
  return RawExecDriver.create({ config: { enabled: true }, keeper: { stateDirectory } });
}

/** By a driver of its own, whoever has the task. */
async function endTask(stateDirectory: string, task: DriverTask): Promise<void> {
  const driver = await recovered(stateDirectory);
  try {
    const handle = { version: 1, driver: 'raw_exec', id, pid: 0, startedAt: new Date() } as const;
    await driver.recoverTask(handle, task);
    await driver.destroyTask(id, { force: true });
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ERR_TASK_UNKNOWN';
    if (!isGone) throw error;
  } finally {
    await driver.close();
  }
}

function kill(pids: readonly number[]): void {
  assert.ok(pids.length > 0, 'somebody to kill');
  // eslint-disable-next-line no-restricted-syntax -- processes of this test alone, found by its own folder just now
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

keptTest(
  'A task goes on when its supervisor lets go, and the next one takes it over with its exact end.',
  async (t) => {
    const { driver, stateDirectory, task, handle, finish } = await startPatient(t);
    await driver.close();
    assert.ok(isAlive(handle.pid));
    const next = await recovered(stateDirectory);
    const status = await next.recoverTask(handle, task);
    assert.equal(status.state, 'running');
    assert.equal(status.attributes['pid'], String(handle.pid));
    assert.equal(status.startedAt.getTime(), handle.startedAt.getTime());
    finish();
    const exit = await next.waitTask(id);
    assert.deepEqual([exit.exitCode, exit.isStatusKnown, exit.reason], [7, true, 'exited']);
    await next.destroyTask(id);
    await next.close();
  },
);

keptTest(
  'A task that ended while nobody supervised it has its exact end for the next supervisor.',
  async (t) => {
    const { driver, stateDirectory, task, handle, finish } = await startPatient(t);
    await driver.close();
    finish();
    await untilEnded(handle.pid);
    const next = await recovered(stateDirectory);
    const status = await next.recoverTask(handle, task);
    assert.deepEqual([status.state, status.exit?.exitCode], ['exited', 7]);
    await next.destroyTask(id);
    await assert.rejects(next.recoverTask(handle, task), { code: 'ERR_TASK_UNKNOWN' });
    await next.close();
  },
);

for (const onSupervisorExit of ['keep', 'kill'] as const) {
  keptTest(
    `A supervisor is killed, and its task is to be ${onSupervisorExit === 'keep' ? 'kept' : 'killed'}.`,
    async (t) => {
      const stateDirectory = keeperFolder(t);
      const taskDir = temporaryFolder(t);
      const script = 'trap "" INT; sleep 1000 & sleep 1000; exit 1';
      const supervisor = spawn(
        process.execPath,
        [
          fixture('driver/kept-supervisor.mjs'),
          moduleUrl('driver/raw-exec-driver'),
          stateDirectory,
          taskDir,
          onSupervisorExit,
          script,
          containmentOf(t),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const told = outputOf(supervisor);
      await told.has('\n');
      const pid = Number(told.text());
      supervisor.kill('SIGKILL');
      await supervisor.exited;
      const task = {
        id,
        name: 'task',
        taskDir,
        env: {},
        driverConfig: { command: '/bin/sh' },
      };
      if (onSupervisorExit === 'kill') {
        await untilEnded(pid);
      }
      const next = await recovered(stateDirectory);
      const handle = { version: 1, driver: 'raw_exec', id, pid, startedAt: new Date() } as const;
      const status = await next.recoverTask(handle, task);
      assert.equal(status.state, onSupervisorExit === 'keep' ? 'running' : 'exited');
      await next.destroyTask(id, { force: true });
      await untilEnded(pid);
      await next.close();
    },
  );
}

keptTest(
  'The keeper is killed: the task goes on, a new keeper takes it over, and its end is exact.',
  async (t) => {
    const { driver, stateDirectory, handle, finish } = await startPatient(t);
    const old = keepersOf(stateDirectory);
    kill(old);
    await eventually(
      'a new keeper',
      () => keepersOf(stateDirectory).some((pid) => !old.includes(pid)) || undefined,
    );
    assert.ok(isAlive(handle.pid));
    finish();
    const exit = await driver.waitTask(id);
    assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
    await driver.destroyTask(id);
  },
);

keptTest('A task that ends while there is no keeper has its exact end.', async (t) => {
  const { driver, stateDirectory, handle, finish } = await startPatient(t);
  kill(keepersOf(stateDirectory));
  finish();
  await untilEnded(handle.pid);
  const exit = await driver.waitTask(id);
  assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
  await driver.destroyTask(id);
});

keptTest('The holder is killed: the keeper has the task, and its end is exact.', async (t) => {
  const { driver, stateDirectory, handle, finish } = await startPatient(t);
  kill(holdersOf(stateDirectory));
  assert.ok(isAlive(handle.pid));
  finish();
  const exit = await driver.waitTask(id);
  assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
  await driver.destroyTask(id);
});

keptTest(
  'Keeper and holder are killed: the end is exact where the kernel keeps it, and else said to be unknown.',
  async (t) => {
    const { driver, stateDirectory, handle, finish } = await startPatient(t);
    const old = keepersOf(stateDirectory);
    kill([...old, ...holdersOf(stateDirectory)]);
    await eventually(
      'a new keeper',
      () => keepersOf(stateDirectory).some((pid) => !old.includes(pid)) || undefined,
    );
    await untilServed(stateDirectory);
    assert.equal((await driver.inspectTask(id)).state, 'running');
    assert.ok(isAlive(handle.pid));
    finish();
    const exit = await driver.waitTask(id);
    // A reaper has written it down; else PIDFD_INFO_EXIT of ioctl_pidfd(2) has to tell.
    const isKept = containmentOf(t) === 'reaper' || isAtLeast(release(), '6.15');
    assert.equal(exit.isStatusKnown, isKept);
    if (isKept) assert.equal(exit.exitCode, 7);
    else assert.equal(exit.reason, 'unknown');
    await driver.destroyTask(id);
  },
);

keptTest(
  'A keeper that is killed in the middle of a stop is replaced, and the stop goes on.',
  async (t) => {
    const { driver, stateDirectory, handle } = await startPatient(
      t,
      'trap "" INT TERM; echo ready; while true; do sleep 0.05; done',
    );
    const stop = driver.stopTask(id, { timeoutMs: 300 });
    kill(keepersOf(stateDirectory));
    const status = await stop;
    assert.deepEqual([status.state, status.exit?.signal], ['exited', 9]);
    await untilEnded(handle.pid);
    await driver.destroyTask(id);
  },
);

keptTest(
  'Tasks that are taken over are stopped, signalled and counted as those that were started here.',
  async (t) => {
    const script = 'trap "echo got TERM; exit 3" TERM; echo ready; while true; do sleep 0.02; done';
    const { driver, stateDirectory, task, handle } = await startPatient(t, script);
    await driver.close();
    const next = await recovered(stateDirectory);
    await next.recoverTask(handle, task);
    const usage = await next.taskStats(id);
    assert.equal(usage.measuredBy, containmentOf(t) === 'reaper' ? 'processes' : 'cgroup');
    assert.ok(usage.processes.some(({ pid }) => pid === handle.pid));
    const { output } = await next.execTask(id, ['pwd']);
    assert.equal(output.toString(), `${task.taskDir}\n`);
    await next.signalTask(id, 'SIGTERM');
    assert.equal((await next.waitTask(id)).exitCode, 3);
    await next.destroyTask(id);
    await next.close();
  },
);

test('A host of another kind takes no living task of the keeper for a leftover.', {
  skip: withoutGroups,
}, async (t) => {
  const { driver, handle } = await startPatient(t);
  const other = new InProcessHost({ containment: 'cgroup' });
  await other.start('other', {
    command: '/bin/true',
    args: [],
    env: {},
    cwd: '/',
    stdout: { to: 'nowhere' },
    stderr: { to: 'nowhere' },
  });
  await other.close();
  assert.ok(isAlive(handle.pid));
  await driver.destroyTask(id, { force: true });
});

keptTest(
  'A command beside a task that was taken over has its environment, however large that is.',
  async (t) => {
    const large = 'x'.repeat(40_000);
    const { driver, stateDirectory, task, handle } = await startPatient(t, patient, {
      LARGE: large,
    });
    await driver.close();
    const next = await recovered(stateDirectory);
    await next.recoverTask(handle, task);
    const script = 'echo $' + '{#LARGE}';
    const { output } = await next.execTask(id, ['/bin/sh', '-c', script]);
    assert.equal(output.toString(), '40000\n');
    await next.destroyTask(id, { force: true });
    await next.close();
  },
);

keptTest('Tasks that are to end with their supervisor end when it lets go.', async (t) => {
  const stateDirectory = keeperFolder(t);
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory, onSupervisorExit: 'kill', containment: containmentOf(t) },
  });
  const { pid } = await driver.startTask({
    id,
    name: 'task',
    taskDir: temporaryFolder(t),
    env: {},
    driverConfig: { command: '/bin/sleep', args: ['1000'] },
  });
  await driver.close();
  await untilEnded(pid);
});
