// The usage of a task as a stream: it begins at once, goes on while the task runs, and ends by itself.

import assert from 'node:assert/strict';
import type { TaskUsage } from '../../src/driver/task-host.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { hostTest } from '../helpers/host-test.ts';

const id = 'alloc/task/1';
const sleeper = { command: 'sleep', args: ['1000'] };

hostTest('A stream of usage begins at once, goes on, and ends with its task.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  const { pid } = await driver.startTask(configTask(sleeper));
  const samples: TaskUsage[] = [];
  for await (const usage of driver.taskStatsStream(id, { intervalMs: 10 })) {
    samples.push(usage);
    if (samples.length === 3) await driver.stopTask(id, { timeoutMs: 0 });
  }
  assert.equal(samples.length, 3);
  assert.ok(samples.every(({ processes }) => processes.some((one) => one.pid === pid)));
  const times = samples.map(({ takenAt }) => takenAt.getTime());
  assert.deepEqual(times, times.toSorted());
});

hostTest('A stream of usage that waits for its next sample ends with its task.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  await driver.startTask(configTask(sleeper));
  const stream = driver.taskStatsStream(id, { intervalMs: 1_000_000 })[Symbol.asyncIterator]();
  assert.equal((await stream.next()).done, false);
  const next = stream.next();
  await driver.stopTask(id, { timeoutMs: 0 });
  assert.deepEqual(await next, { value: undefined, done: true });
});

hostTest(
  'A stream of usage ends by its signal and with the driver; a wrong one is refused.',
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    await driver.startTask(configTask(sleeper));
    const ending = new AbortController();
    for await (const usage of driver.taskStatsStream(id, { signal: ending.signal })) {
      assert.ok(usage.processes.length > 0);
      ending.abort();
    }
    assert.throws(() => driver.taskStatsStream(id, { intervalMs: 9 }), {
      message: 'intervalMs must be a whole number from 10 to 2147483647, got 9',
    });
    assert.throws(() => driver.taskStatsStream('other'), { code: 'ERR_TASK_UNKNOWN' });
    const stream = driver.taskStatsStream(id)[Symbol.asyncIterator]();
    await stream.next();
    const next = stream.next();
    await driver.stopTask(id, { timeoutMs: 0 });
    await driver.close();
    assert.equal((await next).done, true);
  },
);
