import assert from 'node:assert/strict';
import type { TaskEvent } from '../../src/driver/task.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { eventually } from '../helpers/eventually.ts';
import { hostTest } from '../helpers/host-test.ts';

const id = 'alloc/task/1';

hostTest('Any number of callers may wait for a task, during its life and after it.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  await driver.startTask(configTask({ command: 'sh', args: ['-c', 'exit 42'] }));
  const exits = await Promise.all(Array.from({ length: 50 }, () => driver.waitTask(id)));
  exits.push(await driver.waitTask(id));
  for (const exit of exits) {
    assert.deepEqual(
      { ...exit, exitedAt: undefined },
      {
        exitCode: 42,
        signal: 0,
        isStatusKnown: true,
        isOomKilled: false,
        reason: 'exited',
        exitedAt: undefined,
      },
    );
  }
});

hostTest('A wait can be given up, and the task goes on.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  const waiting = new AbortController();
  const wait = driver.waitTask(id, { signal: waiting.signal });
  waiting.abort(new Error('enough'));
  await assert.rejects(wait, { code: 'ERR_ABORTED', cause: new Error('enough') });
  await assert.rejects(driver.waitTask(id, { signal: waiting.signal }), { code: 'ERR_ABORTED' });
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

hostTest('A signal reaches the main process.', async (t) => {
  const { driver, scriptTask, untilLine } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  await untilLine('ready');
  await driver.signalTask(id, 'SIGNULL');
  await driver.signalTask(id, 'SIGUSR1');
  await untilLine('got USR1');
  assert.equal((await driver.waitTask(id)).exitCode, 7);
});

hostTest('An unknown signal is an error and sends nothing.', async (t) => {
  const { driver, scriptTask } = await makeDriver(t);
  await driver.startTask(scriptTask('end-on-signal.sh'));
  const cases = [
    ['TERM', 'unknown signal "TERM". Did you mean SIGTERM?'],
    ['hup', 'unknown signal "hup". Did you mean SIGHUP?'],
    ['', 'unknown signal "". Names are such as SIGTERM'],
    ['SOMETHING', 'unknown signal "SOMETHING". Names are such as SIGTERM'],
  ] as const;
  for (const [signal, message] of cases) {
    await assert.rejects(driver.signalTask(id, signal), { code: 'ERR_SIGNAL_UNKNOWN', message });
  }
  assert.equal((await driver.inspectTask(id)).state, 'running');
});

hostTest('What needs a running task is refused for one that has ended.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  await driver.startTask(configTask({ command: 'true' }));
  await driver.waitTask(id);
  const code = 'ERR_TASK_NOT_RUNNING';
  await assert.rejects(driver.signalTask(id, 'SIGTERM'), {
    code,
    message: `cannot send SIGTERM to task "${id}": it has ended`,
  });
  await assert.rejects(driver.execTask(id, ['true']), { code });
  await assert.rejects(driver.taskStats(id), { code });
});

hostTest('Every call about a task that is not there says so.', async (t) => {
  const { driver } = await makeDriver(t);
  const calls = [
    driver.waitTask('x'),
    driver.signalTask('x', 'SIGTERM'),
    driver.stopTask('x'),
    driver.inspectTask('x'),
    driver.taskStats('x'),
    driver.execTask('x', ['true']),
  ];
  for (const call of calls) {
    await assert.rejects(call, {
      code: 'ERR_TASK_UNKNOWN',
      message: 'there is no task "x": it was never started here, or it has been destroyed',
    });
  }
  assert.throws(() => driver.taskOutput('x'), { code: 'ERR_TASK_UNKNOWN' });
});

hostTest('A task that ended by a signal has that signal in its status.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  const { pid, startedAt } = await driver.startTask(
    configTask({ command: 'sh', args: ['-c', 'kill -TERM $$'] }),
  );
  const exit = await driver.waitTask(id);
  const { completedAt, ...status } = await driver.inspectTask(id);
  assert.deepEqual(status, {
    id,
    name: 'task',
    state: 'exited',
    startedAt,
    exit,
    attributes: { pid: String(pid), containment: status.attributes['containment'] },
  });
  assert.deepEqual([exit.exitCode, exit.signal], [128 + 15, 15]);
  assert.deepEqual(completedAt, exit.exitedAt);
});

hostTest('The usage of a task is the sum over all of its processes.', async (t) => {
  const { driver, scriptTask, untilLine } = await makeDriver(t);
  const { pid } = await driver.startTask(scriptTask('burn-cpu.sh'));
  await untilLine('ready');
  const usage = await eventually('CPU time of the child', async () => {
    const now = await driver.taskStats(id);
    return now.userCpuMs >= 50 ? now : undefined;
  });
  assert.equal(usage.processes.length, 2);
  assert.ok(usage.processes.some((one) => one.pid === pid));
  const rssBytes = usage.processes.reduce((sum, one) => sum + one.rssBytes, 0);
  assert.equal(usage.rssBytes, rssBytes);
  assert.ok(rssBytes > 100_000);
});

hostTest('Task events tell what happened, in order, as facts.', async (t) => {
  const { driver, scriptTask, untilLine } = await makeDriver(t);
  const events: TaskEvent[] = [];
  driver.on('taskEvent', (event) => events.push(event));
  const ending = new AbortController();
  const stream = driver.taskEvents({ signal: ending.signal });
  const { pid } = await driver.startTask(scriptTask('end-on-signal.sh'));
  await untilLine('ready');
  await driver.signalTask(id, 'SIGCONT');
  await driver.stopTask(id);
  await driver.destroyTask(id);
  assert.deepEqual(
    events.map(({ kind, message, annotations }) => [kind, message, { ...annotations }]),
    [
      ['started', 'Started /bin/sh', { pid: String(pid) }],
      ['signalled', 'Sent SIGCONT to main', { signal: 'SIGCONT', to: 'main' }],
      ['stopping', 'Sending SIGINT, after 5000 ms SIGKILL to everything', { signal: 'SIGINT' }],
      [
        'exited',
        'Ended with exit code 7',
        { exit_code: '7', signal: '0', reason: 'stopped', oom_killed: 'false' },
      ],
      ['destroyed', 'Destroyed', {}],
    ],
  );
  assert.ok(events.every((event) => event.taskId === id && event.allocId === 'alloc'));
  assert.ok(events.every(Object.isFrozen));
  const streamed: TaskEvent[] = [];
  for await (const event of stream) {
    streamed.push(event);
    if (event.kind === 'destroyed') {
      ending.abort();
    }
  }
  assert.deepEqual(streamed, events);
});

hostTest(
  'A task that ends at once is told to have started before it is told to have ended.',
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    const kinds: string[] = [];
    driver.on('taskEvent', ({ kind }) => kinds.push(kind));
    for (let round = 0; round < 20; round++) {
      await driver.startTask(configTask({ command: 'true' }));
      await driver.waitTask(id);
      await driver.destroyTask(id);
    }
    const expected = Array.from({ length: 20 }, () => ['started', 'exited', 'destroyed']).flat();
    assert.deepEqual(kinds, expected);
  },
);
