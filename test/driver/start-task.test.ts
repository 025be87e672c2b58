import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { hostTest } from '../helpers/host-test.ts';

const id = 'alloc/task/1';

hostTest(
  'A task gets its arguments as they are, its directory, an own process group, and nothing to read.',
  async (t) => {
    const { driver, taskDir, scriptTask, fact } = await makeDriver(t);
    const handle = await driver.startTask(scriptTask('tell-start.sh'));
    assert.deepEqual(
      { version: handle.version, driver: handle.driver, id: handle.id },
      { version: 1, driver: 'raw_exec', id },
    );
    assert.equal((await driver.waitTask(id)).exitCode, 0);
    assert.equal(await fact('cwd'), taskDir);
    assert.match(await fact('self'), /^\/bin\/sh .*tell-start\.sh $/);
    assert.equal(await fact('stdin'), '/dev/null');
    assert.equal(await fact('pid'), String(handle.pid));
    assert.equal(await fact('group'), String(handle.pid));
  },
);

hostTest('A task has the three standard descriptors and no other.', async (t) => {
  const { driver, configTask, stdout } = await makeDriver(t);
  await driver.startTask(configTask({ command: 'ls', args: ['/proc/self/fd'] }));
  await driver.waitTask(id);
  // The last one is the folder that ls reads.
  assert.equal(stdout(), '0\n1\n2\n3\n');
});

hostTest('A program found by its bare name sees its absolute path as its own name.', async (t) => {
  const { driver, configTask, stdout } = await makeDriver(t);
  await driver.startTask(configTask({ command: 'cat', args: ['/proc/self/cmdline'] }));
  await driver.waitTask(id);
  assert.match(stdout(), /^\/[a-z/]*\/cat\0/);
});

hostTest('A program that was put into local without execute permission runs.', async (t) => {
  const { driver, taskDir, configTask, stdout } = await makeDriver(t);
  mkdirSync(join(taskDir, 'local/bin'));
  copyFileSync('/bin/echo', join(taskDir, 'local/bin/say'));
  chmodSync(join(taskDir, 'local/bin/say'), 0o644);
  await driver.startTask(configTask({ command: 'bin/say', args: ['a  b', '$HOME'] }));
  assert.equal((await driver.waitTask(id)).exitCode, 0);
  assert.equal(stdout(), 'a  b $HOME\n');
});

hostTest(
  'work_dir is where a task starts, and one that is not there is refused with its path.',
  async (t) => {
    const { driver, taskDir, configTask, stdout } = await makeDriver(t);
    await driver.startTask(configTask({ command: 'pwd', work_dir: '/usr' }));
    await driver.waitTask(id);
    assert.equal(stdout(), '/usr\n');
    await driver.destroyTask(id);
    const work_dir = join(taskDir, 'none');
    await assert.rejects(driver.startTask(configTask({ command: 'pwd', work_dir })), {
      code: 'ERR_CWD',
      path: work_dir,
    });
  },
);

hostTest(
  'The environment is exactly what was given, without what the operator or the task denies.',
  async (t) => {
    const { driver, configTask, stdout } = await makeDriver(t, { denied_envvars: ['AWS_*'] });
    const env = { Z: '1', AWS_KEY: 'x', MY_TOKEN: 'y', A: 'with = and blank' };
    const config = { command: '/usr/bin/env', denied_envvars: ['*TOKEN'] };
    await driver.startTask(configTask(config, { env }));
    await driver.waitTask(id);
    assert.equal(stdout(), 'A=with = and blank\nZ=1\n');
  },
);

hostTest('A task has oom_score_adj 0 unless it asks for more.', async (t) => {
  const { driver, scriptTask, configTask, fact, stdout } = await makeDriver(t);
  await driver.startTask(scriptTask('tell-start.sh'));
  await driver.waitTask(id);
  assert.equal(await fact('oom'), '0');
  await driver.destroyTask(id);
  const config = { command: 'cat', args: ['/proc/self/oom_score_adj'], oom_score_adj: 321 };
  await driver.startTask(configTask(config));
  await driver.waitTask(id);
  assert.match(stdout(), /\n321\n$/);
});

hostTest('Both streams are appended to files that only their owner may change.', async (t) => {
  const { driver, taskDir, configTask, stdout } = await makeDriver(t);
  const stderrPath = join(taskDir, 'stderr');
  writeFileSync(join(taskDir, 'stdout'), 'before\n');
  await driver.startTask(
    configTask({ command: 'sh', args: ['-c', 'echo out; echo err >&2'] }, { stderrPath }),
  );
  await driver.waitTask(id);
  assert.equal(stdout(), 'before\nout\n');
  assert.equal(readFileSync(stderrPath, 'utf8'), 'err\n');
});

hostTest(
  'A symbolic link in place of an output file is refused, and nothing is started.',
  async (t) => {
    const { driver, taskDir, configTask } = await makeDriver(t);
    writeFileSync(join(taskDir, 'target'), 'kept');
    symlinkSync(join(taskDir, 'target'), join(taskDir, 'stdout'));
    await assert.rejects(driver.startTask(configTask({ command: 'date' })), {
      code: 'ERR_STDIO',
      message:
        `cannot open ${join(taskDir, 'stdout')} for stdout: ELOOP (too many symbolic links encountered). ` +
        'Symbolic links are not followed: name the file itself',
    });
    assert.equal(readFileSync(join(taskDir, 'target'), 'utf8'), 'kept');
    await assert.rejects(driver.inspectTask(id), { code: 'ERR_TASK_UNKNOWN' });
  },
);

hostTest('An output file in a folder that is not there is refused with its path.', async (t) => {
  const { driver, taskDir, configTask } = await makeDriver(t);
  const stderrPath = join(taskDir, 'none/stderr');
  await assert.rejects(driver.startTask(configTask({ command: 'date' }, { stderrPath })), {
    code: 'ERR_STDIO',
    path: stderrPath,
  });
});

test('Output can come to this process through pipes.', async (t) => {
  const { driver, taskDir } = await makeDriver(t);
  const driverConfig = { command: 'sh', args: ['-c', 'echo out; echo err >&2'] };
  await driver.startTask({ id, name: 'task', driverConfig, env: {}, taskDir, pipeOutput: true });
  const { stdout, stderr } = driver.taskOutput(id);
  assert.ok(stdout !== null && stderr !== null);
  assert.deepEqual(await Promise.all([text(stdout), text(stderr)]), ['out\n', 'err\n']);
});

hostTest('Output without a path is discarded.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  for (const stdoutPath of ['', '/dev/null']) {
    const config = { command: 'readlink', args: ['/proc/self/fd/1', '/proc/self/fd/2'] };
    await driver.startTask(configTask(config, { stdoutPath }));
    assert.equal((await driver.waitTask(id)).exitCode, 0);
    assert.deepEqual(driver.taskOutput(id), { stdout: null, stderr: null });
    await driver.destroyTask(id);
  }
});

test('The driver starts nothing until it has been enabled, and says how to enable it.', async (t) => {
  const { configTask } = await makeDriver(t);
  await using driver = await RawExecDriver.create();
  await assert.rejects(driver.startTask(configTask({ command: 'date' })), {
    code: 'ERR_DRIVER_DISABLED',
    message: /is disabled, as it is by default.*Set enabled = true in plugin "raw_exec"/,
  });
});

test('A driver with an unusable configuration is not made; every problem is told.', async () => {
  const config = { enabled: 'maybe', denied_host_uids: 'root' };
  await assert.rejects(RawExecDriver.create({ config }), {
    name: 'ConfigError',
    code: 'ERR_DRIVER_CONFIG',
    message:
      'the configuration of the raw_exec driver cannot be used: enabled: must be true or false, got "maybe"; ' +
      'denied_host_uids: cannot read "root"; allowed are ids and ranges such as 0,10-15,22',
  });
});

test('The old client option enables the driver, and the driver carries the warning.', async (t) => {
  const clientOptions = { 'driver.raw_exec.enable': '1' };
  const { configTask } = await makeDriver(t);
  await using driver = await RawExecDriver.create({ clientOptions });
  assert.equal(driver.warnings.length, 1);
  await driver.startTask(configTask({ command: 'true' }));
  assert.equal((await driver.waitTask(id)).exitCode, 0);
});

hostTest(
  'A task with an unusable configuration is not started; every problem is told.',
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    await assert.rejects(driver.startTask(configTask({ comand: 'date', oom_score_adj: -1 })), {
      name: 'ConfigError',
      code: 'ERR_TASK_CONFIG',
      issues: [
        { path: ['command'], message: 'is required' },
        { path: ['oom_score_adj'], message: 'must be a whole number from 0 to 1000, got -1' },
        { path: ['comand'], message: 'unknown key. Did you mean command?' },
      ],
    });
  },
);

hostTest(
  'A second start with the id of a task is refused, also while the first is under way.',
  async (t) => {
    const { driver, scriptTask } = await makeDriver(t);
    const first = driver.startTask(scriptTask('end-on-signal.sh'));
    await assert.rejects(driver.startTask(scriptTask('end-on-signal.sh')), {
      code: 'ERR_TASK_EXISTS',
    });
    await first;
    await assert.rejects(driver.startTask(scriptTask('end-on-signal.sh')), {
      code: 'ERR_TASK_EXISTS',
    });
  },
);

hostTest('A start that failed leaves its id free.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  await assert.rejects(driver.startTask(configTask({ command: 'no-such-program' })), {
    code: 'ERR_COMMAND_NOT_FOUND',
  });
  await driver.startTask(configTask({ command: 'true' }));
  assert.equal((await driver.waitTask(id)).exitCode, 0);
});

hostTest(
  'A script without #! and a format that the host does not know are refused as what they are.',
  async (t) => {
    const { driver, taskDir, configTask } = await makeDriver(t);
    writeFileSync(join(taskDir, 'local/script'), 'echo hello\n');
    await assert.rejects(driver.startTask(configTask({ command: 'script' })), {
      code: 'ERR_COMMAND_FORMAT',
    });
  },
);
