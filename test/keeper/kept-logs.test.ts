// Output of tasks of the keeper, in files that its pumps write.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { DriverTask, TaskLogs } from '../../src/driver/task.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { keeperFolder, killAll, pumpsOf } from '../helpers/keeper-folder.ts';
import { containmentOf, keptTest } from '../helpers/kept-test.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const id = 'alloc/task/1';

interface Logged {
  readonly driver: RawExecDriver;
  readonly stateDirectory: string;
  readonly directory: string;
  /** All of a stream, oldest first. */
  readonly read: (stream: string) => string;
}

async function startLogged(
  t: TestContext,
  script: string,
  logs: Partial<TaskLogs> = {},
): Promise<Logged> {
  const stateDirectory = keeperFolder(t);
  const taskDir = temporaryFolder(t);
  const directory = join(taskDir, 'logs');
  mkdirSync(directory);
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory, containment: containmentOf(t) },
  });
  cleanUp(t, async () => {
    await driver.destroyTask(id, { force: true });
    await driver.close();
  });
  const task: DriverTask = {
    id,
    name: 'task',
    taskDir,
    env: { PATH: process.env['PATH'] ?? '' },
    driverConfig: { command: '/bin/sh', args: ['-c', script] },
    logs: { directory, ...logs },
  };
  await driver.startTask(task);
  return { driver, stateDirectory, directory, read: (stream) => readLog(directory, stream) };
}

function filesOf(directory: string, stream: string): string[] {
  const number = (name: string): number => Number(name.split('.').at(-1));
  return readdirSync(directory)
    .filter((name) => name.startsWith(`task.${stream}.`))
    .sort((a, b) => number(a) - number(b));
}

function readLog(directory: string, stream: string): string {
  for (;;) {
    try {
      return filesOf(directory, stream)
        .map((name) => readFileSync(join(directory, name), 'utf8'))
        .join('');
    } catch (error) {
      // The oldest may have been rotated away since the listing.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

keptTest(
  'Both streams are in files of their own, complete when the task has been destroyed.',
  async (t) => {
    const { driver, directory, read } = await startLogged(t, 'echo out; echo err >&2; exit 3');
    assert.equal((await driver.waitTask(id)).exitCode, 3);
    await eventually('the logs are written', () => read('stderr').includes('err') || undefined);
    assert.deepEqual([read('stdout'), read('stderr')], ['out\n', 'err\n']);
    assert.deepEqual(readdirSync(directory).sort(), ['task.stderr.0', 'task.stdout.0']);
    assert.equal(statSync(join(directory, 'task.stdout.0')).mode & 0o777, 0o644);
  },
);

keptTest(
  'A task may open its streams by name, and goes on when a reader of them has gone.',
  async (t) => {
    const script = 'echo one >/dev/stdout; echo two >/dev/stderr; head -c 0 </dev/null; echo three';
    const { driver, read } = await startLogged(t, script);
    assert.equal((await driver.waitTask(id)).exitCode, 0);
    await eventually('the last line', () => read('stdout') === 'one\nthree\n' || undefined);
    assert.equal(read('stderr'), 'two\n');
  },
);

keptTest('Files are rotated at line ends, and the oldest go.', async (t) => {
  const script = 'i=0; while [ $i -lt 4000 ]; do echo "line $i of the task"; i=$((i+1)); done';
  const { driver, directory } = await startLogged(t, script, {
    maxFiles: 3,
    maxFileSizeBytes: 8192,
  });
  await driver.waitTask(id);
  await eventually(
    'the last line is written',
    () => readLog(directory, 'stdout').endsWith('line 3999 of the task\n') || undefined,
  );
  const files = filesOf(directory, 'stdout');
  assert.equal(files.length, 3);
  for (const name of files) {
    const text = readFileSync(join(directory, name), 'utf8');
    assert.match(text, /^line \d+ of the task\n/);
    assert.ok(text.endsWith('of the task\n'), name);
  }
  const numbers = [...readLog(directory, 'stdout').matchAll(/^line (\d+) /gm)].map(([, n]) =>
    Number(n),
  );
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, index) => (numbers[0] ?? 0) + index),
  );
});

keptTest('What has become of the output can be asked for.', async (t) => {
  const script = 'printf 12345678; exec sleep 1000 2>/dev/null';
  const { driver } = await startLogged(t, script);
  const { stdout, stderr } = await eventually('the bytes are counted', async () => {
    const status = await driver.taskLogStatus(id);
    return status.stdout?.bytes === 8 && status.stderr === null ? status : undefined;
  });
  const none = { droppedBytes: 0, blockedMs: 0, rotations: 0, truncations: 0 };
  assert.deepEqual(stdout, { bytes: 8, ...none });
  assert.equal(stderr, null, 'nobody can write to it any more');
  await driver.stopTask(id, { steps: [] });
  await eventually('both are complete', async () => {
    const status = await driver.taskLogStatus(id);
    return (status.stdout === null && status.stderr === null) || undefined;
  });
  await assert.rejects(driver.taskLogStatus('nobody'), { code: 'ERR_TASK_UNKNOWN' });
});

keptTest('A task without logs has nothing to tell of them.', async (t) => {
  const { driver, directory } = await startLogged(t, 'sleep 1000');
  const other = 'alloc/other/1';
  await driver.startTask({
    id: other,
    name: 'other',
    taskDir: directory,
    env: {},
    driverConfig: { command: '/bin/true' },
  });
  await assert.rejects(driver.taskLogStatus(other), {
    code: 'ERR_NOT_SUPPORTED',
    message: `cannot tell of the logs of task "${other}": it was started without logs`,
  });
  await driver.destroyTask(other, { force: true });
});

keptTest('A pump that is killed loses nothing and doubles nothing.', async (t) => {
  const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; sleep 1000';
  const { stateDirectory, read } = await startLogged(t, script);
  for (let kills = 0; kills < 10 && !read('stdout').includes('line 2999\n'); kills += 1) {
    const pumps = await eventually('a pump', () => {
      const found = pumpsOf(stateDirectory);
      return found.length > 0 ? found : undefined;
    });
    const size = read('stdout').length;
    killAll(pumps);
    await eventually('more is written, or all is', () => {
      const text = read('stdout');
      return text.length > size || text.includes('line 2999\n') || undefined;
    });
  }
  await eventually('the last line', () => read('stdout').endsWith('line 2999\n') || undefined);
  const lines = read('stdout').split('\n').slice(0, -1);
  assert.deepEqual(
    lines,
    Array.from({ length: 3000 }, (_, index) => `line ${index}`),
  );
});

keptTest('Logs that cannot be had are refused before anything is started.', async (t) => {
  const { driver, directory } = await startLogged(t, 'sleep 1000');
  const start = (logs: object): Promise<unknown> =>
    driver.startTask({
      id: 'other',
      name: 'other',
      taskDir: directory,
      env: {},
      driverConfig: { command: '/bin/true' },
      logs: logs as TaskLogs,
    });
  const option = (name: string): object => ({ code: 'ERR_INVALID_OPTION', option: name });
  await assert.rejects(start({}), option('logs.directory'));
  await assert.rejects(start({ directory: 'relative' }), option('logs.directory'));
  await assert.rejects(start({ directory, maxFiles: 0 }), option('logs.maxFiles'));
  await assert.rejects(
    start({ directory, maxFileSizeBytes: 1.5 }),
    option('logs.maxFileSizeBytes'),
  );
  await assert.rejects(start({ directory, pump: 'tee' }), option('logs.pump'));
  await assert.rejects(start({ directory, maxFile: 3 }), { message: /Did you mean maxFiles/ });
  const inProcess = await RawExecDriver.create({ config: { enabled: true } });
  cleanUp(t, () => inProcess.close());
  await assert.rejects(
    inProcess.startTask({
      id: 'other',
      name: 'other',
      taskDir: directory,
      env: {},
      driverConfig: { command: '/bin/true' },
      logs: { directory },
    }),
    { code: 'ERR_NOT_SUPPORTED', message: /the in-process host writes no log files/ },
  );
});
