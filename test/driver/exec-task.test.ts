import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDriver } from '../helpers/driver-task.ts';
import { hostTest } from '../helpers/host-test.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { slowness } from '../helpers/slowness.ts';

const id = 'alloc/task/1';

hostTest(
  'A second command runs in the directory and with the environment of the task.',
  async (t) => {
    const { driver, taskDir, scriptTask } = await makeDriver(t);
    const env = { PATH: '/usr/bin:/bin', COLOUR: 'blue' };
    await driver.startTask(scriptTask('end-on-signal.sh', { env }));
    const result = await driver.execTask(id, [
      'sh',
      '-c',
      'pwd; echo $COLOUR; echo bad >&2; exit 3',
    ]);
    assert.deepEqual(
      { ...result, output: result.output.toString().split('\n').sort() },
      {
        exitCode: 3,
        signal: 0,
        output: ['', taskDir, 'bad', 'blue'].sort(),
        isTruncated: false,
        isTimedOut: false,
      },
    );
  },
);

hostTest('A second command is looked up as the first was.', async (t) => {
  const { driver, taskDir, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  copyFileSync('/bin/echo', join(taskDir, 'local/say'));
  const { output } = await driver.execTask(id, ['say', 'hello']);
  assert.equal(output.toString(), 'hello\n');
  await assert.rejects(driver.execTask(id, ['no-such-program']), {
    code: 'ERR_COMMAND_NOT_FOUND',
  });
});

hostTest('Of long output the last part is kept.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  const result = await driver.execTask(id, ['seq', '1', '100000'], { maxOutputBytes: 12 });
  assert.equal(result.output.toString(), '9999\n100000\n'.slice(-12));
  assert.equal(result.isTruncated, true);
  const none = await driver.execTask(id, ['seq', '3'], { maxOutputBytes: 0 });
  assert.equal(none.output.length, 0);
  assert.equal(none.isTruncated, true);
});

hostTest('At the deadline a second command is killed with all that it started.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  // In a session of its own: a process group would not be enough to end it.
  const command = ['sh', '-c', 'setsid sleep 1000 & echo $!; wait'] as const;
  const result = await driver.execTask(id, command, { timeoutMs: 300 * slowness });
  assert.deepEqual([result.isTimedOut, result.exitCode, result.signal], [true, 137, 9]);
  const child = result.output.toString().trim();
  await untilEnded(child);
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

hostTest(
  'A second command is over when nobody can write to its output any more, or at the deadline.',
  async (t) => {
    const { driver, scriptTask } = await makeDriver(t);
    await driver.startTask(scriptTask('end-on-signal.sh'));
    const command = ['sh', '-c', 'sleep 1000 & echo $!'] as const;
    const result = await driver.execTask(id, command, { timeoutMs: 300 * slowness });
    assert.deepEqual([result.isTimedOut, result.exitCode], [true, 0]);
    const child = result.output.toString().trim();
    await untilEnded(child);
  },
);

hostTest('Options that can never work are refused.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  const run = (options: object) => driver.execTask(id, ['true'], options);
  const code = 'ERR_INVALID_OPTION';
  await assert.rejects(run({ timeoutMs: 0 }), { code, option: 'timeoutMs' });
  await assert.rejects(run({ maxOutputBytes: -1 }), { code, option: 'maxOutputBytes' });
  await assert.rejects(run({ timeout: 5 }), {
    code,
    message: 'unknown option timeout. Did you mean timeoutMs?',
  });
});

hostTest('What is no command is refused with what it must be.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  const bad: readonly unknown[] = [[], [''], ['true', 5], ['tr\0ue'], 'true', undefined];
  for (const command of bad) {
    await assert.rejects(driver.execTask(id, command as [string]), {
      name: 'TypeError',
      code: 'ERR_INVALID_OPTION',
      message: /^command must be a list of text without NUL bytes, the program first, got /,
    });
  }
});
