import assert from 'node:assert/strict';
import test from 'node:test';
import { makeDriver } from '../helpers/driver-task.ts';
import { eventually } from '../helpers/eventually.ts';
import { hostTest } from '../helpers/host-test.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';

const id = 'alloc/task/1';

hostTest('A task is asked by SIGINT first, and how it ends is its own affair.', async (t) => {
  const { driver, scriptTask, untilLine } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  await untilLine('ready');
  const status = await driver.stopTask(id);
  await untilLine('got INT');
  assert.equal(status.state, 'exited');
  assert.deepEqual([status.exit?.exitCode, status.exit?.signal], [7, 0]);
});

hostTest('Another kill signal is sent instead.', async (t) => {
  const { driver, scriptTask, untilLine } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  await untilLine('ready');
  await driver.stopTask(id, { killSignal: 'SIGTERM' });
  await untilLine('got TERM');
});

hostTest(
  'A task that ignores its kill signal gets SIGKILL after the grace, with its whole group.',
  async (t) => {
    const { driver, scriptTask, untilLine } = await makeDriver(t);
    const { pid } = await driver.startTask(scriptTask('ignore-signals.sh'));
    await untilLine('ready');
    const { processes } = await eventually('the child of the script', async () => {
      const usage = await driver.taskStats(id);
      return usage.processes.length === 2 ? usage : undefined;
    });
    const status = await driver.stopTask(id, { timeoutMs: 20 });
    assert.deepEqual([status.exit?.exitCode, status.exit?.signal], [137, 9]);
    await Promise.all([untilEnded(pid), ...processes.map((usage) => untilEnded(usage.pid))]);
  },
);

hostTest('Without a grace the kill signal is not sent at all.', async (t) => {
  const { driver, scriptTask, untilLine, stdout } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  await untilLine('ready');
  const status = await driver.stopTask(id, { timeoutMs: 0 });
  assert.equal(status.exit?.signal, 9);
  assert.equal(stdout(), 'ready\n');
});

hostTest('What an ended main process left in its group is killed by a stop.', async (t) => {
  const { driver, scriptTask, fact } = await makeDriver(t);
  await driver.startTask(scriptTask('leave-behind.sh'));
  assert.equal((await driver.waitTask(id)).exitCode, 3);
  const left = await fact('left');
  assert.ok(isAlive(left));
  const status = await driver.stopTask(id);
  assert.equal(status.exit?.exitCode, 3);
  await untilEnded(left);
});

hostTest(
  'What an ended main process left in its group is killed when the task is destroyed.',
  async (t) => {
    const { driver, scriptTask, fact } = await makeDriver(t);
    await driver.startTask(scriptTask('leave-behind.sh'));
    await driver.waitTask(id);
    const left = await fact('left');
    await driver.destroyTask(id);
    await untilEnded(left);
  },
);

hostTest('Stops may be repeated, also at once; a shorter grace counts.', async (t) => {
  const { driver, scriptTask, untilLine } = await makeDriver(t);
  await driver.startTask(scriptTask('ignore-signals.sh'));
  await untilLine('ready');
  const slow = driver.stopTask(id, { timeoutMs: 1_000_000 });
  const [first, second] = await Promise.all([slow, driver.stopTask(id, { timeoutMs: 1 })]);
  assert.deepEqual(first, second);
  assert.deepEqual(await driver.stopTask(id), first);
});

hostTest('Stopping with an unknown signal is refused, and the task goes on.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  await assert.rejects(driver.stopTask(id, { killSignal: 'SIGTREM' }), {
    code: 'ERR_SIGNAL_UNKNOWN',
    message: 'unknown signal "SIGTREM". Did you mean SIGTERM?',
  });
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

hostTest('What cannot be sent is refused with its option, and the task goes on.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  const bad: readonly [unknown, string][] = [
    [{ killSignal: 'SIGNULL' }, 'killSignal must be a signal that is sent; SIGNULL only asks'],
    [{ killSignal: 15 }, "killSignal must be a signal's name, got 15"],
    [{ steps: [null] }, 'steps[0] must be { signal, to, graceMs }, got nothing'],
    [
      { steps: [{ signal: 'SIGINT' }, { signal: 'SIGNULL' }] },
      'steps[1].signal must be a signal that is sent; SIGNULL only asks',
    ],
  ];
  for (const [options, message] of bad) {
    await assert.rejects(driver.stopTask(id, options as object), {
      code: 'ERR_INVALID_OPTION',
      message,
    });
  }
  await assert.rejects(driver.signalTask(id, 15 as unknown as string), {
    code: 'ERR_INVALID_OPTION',
    message: "signal must be a signal's name, got 15",
  });
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

hostTest('A grace that is no whole number of milliseconds is refused.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  for (const timeoutMs of [-1, 1.5, Number.NaN, 2 ** 31]) {
    await assert.rejects(driver.stopTask(id, { timeoutMs }), {
      code: 'ERR_INVALID_OPTION',
      message: `timeoutMs must be a whole number from 0 to 2147483647, got ${timeoutMs}`,
    });
  }
});

hostTest('A running task is not destroyed unless by force.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  const { pid } = await driver.startTask(scriptTask('ignore-signals.sh'));
  await assert.rejects(driver.destroyTask(id), {
    code: 'ERR_TASK_RUNNING',
    message: `cannot destroy running task "${id}": stop it first, or destroy it with force`,
  });
  await driver.destroyTask(id, { force: true });
  await untilEnded(pid);
  await assert.rejects(driver.inspectTask(id), { code: 'ERR_TASK_UNKNOWN' });
});

hostTest('A task may be destroyed again, and its id used again.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  for (let round = 0; round < 3; round++) {
    await driver.startTask(configTask({ command: 'true' }));
    await driver.waitTask(id);
    await Promise.all([driver.destroyTask(id), driver.destroyTask(id)]);
    await driver.destroyTask(id, { force: true });
  }
});

test('Closing the driver ends every task, and every later call is refused.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  const { pid } = await driver.startTask(scriptTask('ignore-signals.sh'));
  const exit = driver.waitTask(id);
  await driver.close();
  assert.equal((await exit).signal, 9);
  await untilEnded(pid);
  await driver.close();
  await assert.rejects(driver.inspectTask(id), { code: 'ERR_CLOSED' });
  await assert.rejects(driver.startTask(scriptTask('ignore-signals.sh')), { code: 'ERR_CLOSED' });
  await assert.rejects(driver.destroyTask(id), { code: 'ERR_CLOSED' });
});
