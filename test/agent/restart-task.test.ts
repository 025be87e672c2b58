// Tasks of an agent that somebody wants to be started again, or sends signals to; and the events that tell of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AllocationRecord } from '../../src/agent/state/records.ts';
import type { AllocationStub } from '../../src/cli/agent-objects.ts';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { startCli } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';

const second = 1_000_000_000;
/** One failure is its last. */
const fragile = {
  RestartPolicy: { Attempts: 0, Interval: 600 * second, Delay: 0, Mode: 'fail' },
  KillSignal: 'SIGINT',
};
const waits =
  'trap "exit 3" INT; trap "echo got usr1" USR1; trap "echo got hup" HUP; echo ready; while :; do sleep 0.02; done';

async function running(t: TestContext, script = waits): Promise<[TestAgent, AllocationStub]> {
  const agent = new TestAgent(t);
  await agent.start();
  const groups = [
    taskGroup('group', [shellTask('task', script, fragile)], {
      ReschedulePolicy: { Attempts: 0, Unlimited: false },
    }),
  ];
  const run = await agent.cli('run', await jobFile(t, groups, { Type: 'service' }));
  assert.equal(run.code, 0, run.stderr);
  await saysReady(agent, 1);
  const [allocation] = await agent.allocations('test');
  assert.ok(allocation);
  return [agent, allocation];
}

/** So many instances have set their traps. */
async function saysReady(agent: TestAgent, count: number): Promise<void> {
  await eventually(`${count} instances are ready`, async () => {
    const { stdout } = await agent.cli('logs', 'test');
    return stdout.split('ready').length - 1 >= count || undefined;
  });
}

test('a task is started again when somebody asks, whatever its restart policy says', async (t) => {
  const [agent, before] = await running(t);
  const restart = await agent.cli('restart', 'test');
  assert.equal(
    restart.stdout,
    `allocation ${before.ID.slice(0, 8)}: is started again\n`,
    restart.stderr,
  );
  const [after] = await agent.until('another process', 'test', ([one]) => {
    const pid = one === undefined ? Number.NaN : pidOf(one, 'task');
    return one?.TaskStates['task']?.State === 'running' && pid !== pidOf(before, 'task');
  });
  assert.equal(after?.ID, before.ID, 'in the same allocation');
  assert.deepEqual(
    after.TaskStates['task']?.Events.map(({ Type }) => Type),
    ['Received', 'Started', 'Restart Signaled', 'Terminated', 'Restarting', 'Started'],
  );
  await saysReady(agent, 2);
  // Twice is as good as once: the policy still has not counted.
  assert.equal((await agent.cli('restart', before.ID.slice(0, 8), 'task')).code, 0);
  await saysReady(agent, 3);
});

test('a restart that an agent had no time for is done by the next one', async (t) => {
  // It takes its time to end, so that the agent is killed in between.
  const script =
    'trap "until [ -e ../alloc/data/go ]; do sleep 0.02; done; exit 3" INT; echo ready; while :; do sleep 0.02; done';
  const [agent, before] = await running(t, script);
  assert.equal((await agent.cli('restart', 'test')).code, 0);
  await agent.end('SIGKILL');
  const file = join(agent.stateDirectory, 'allocations', `${before.ID}.json`);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as AllocationRecord;
  assert.equal(kept.tasks['task']?.restartOf, 1);
  writeFileSync(join(agent.stateDirectory, 'alloc', before.ID, 'alloc/data/go'), '');
  await agent.start();
  const [after] = await agent.until('it runs again', 'test', ([one]) => {
    const task = one?.TaskStates['task'];
    return task?.Restarts === 1 && task.State === 'running';
  });
  assert.equal(after?.ID, before.ID);
});

test('signals reach the tasks that are meant; what is no signal and what does not run is told', async (t) => {
  const [agent, { ID }] = await running(t);
  const told = await agent.cli('signal', 'test');
  assert.equal(told.stdout, `allocation ${ID.slice(0, 8)}: got SIGHUP\n`);
  assert.equal((await agent.cli('signal', '-s', 'SIGUSR1', ID.slice(0, 8), 'task')).code, 0);
  await eventually('both are noted by the task', async () => {
    const { stdout } = await agent.cli('logs', 'test');
    return (stdout.includes('got hup\n') && stdout.includes('got usr1\n')) || undefined;
  });
  for (const [words, said] of [
    [['signal', '-s', 'SIGNOT', 'test'], /SIGNOT/],
    [['signal', 'test', 'other'], /nothing of task other runs of job test/],
    [['signal', ID, 'other'], /has no task "other", but task/],
    [['restart', ID, 'other'], /has no task "other", but task/],
    [['restart', 'none'], /there is no job and no allocation "none"/],
  ] as const) {
    const { code, stderr } = await agent.cli(...words);
    assert.equal(code, 1);
    assert.match(stderr, said);
  }
  assert.equal((await agent.cli('stop', 'test')).code, 0);
  const ended = await agent.cli('restart', ID.slice(0, 8));
  assert.match(ended.stderr, /no task of allocation .* is running/);
  assert.match((await agent.cli('restart', 'test')).stderr, /nothing runs of job test/);
});

test('what happens is told as it happens, and what has happened afterwards', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const env = { RAW_EXEC_SOCKET: agent.client.socket };
  const [all, raw] = [
    ['events', '-f'],
    ['events', '-f', '--json'],
  ].map((words) => {
    const follower = startCli(words, { env });
    t.after(() => follower.kill('SIGKILL'));
    const said = { text: '', ended: once(follower, 'close') };
    follower.stdout?.on('data', (chunk) => {
      said.text += String(chunk);
    });
    return said;
  });
  const groups = [taskGroup('group', [shellTask('task', 'exit 0')])];
  const file = await jobFile(t, groups);
  // Until the followers are there nothing is told to them as it happens.
  const lines = (text = ''): string[] => text.split('\n').filter((line) => line !== '');
  const typesOf = (text = ''): Set<string> => {
    // The last line may be cut.
    const whole = lines(text.slice(0, text.lastIndexOf('\n') + 1));
    const events = whole.flatMap(
      (line) => (JSON.parse(line) as { Events: { Topic: string; Type: string }[] }).Events,
    );
    return new Set(events.map(({ Topic, Type }) => `${Topic} ${Type}`));
  };
  const wanted = [
    'Job JobRegistered',
    'Job JobDeregistered',
    'Evaluation EvaluationUpdated',
    'Allocation AllocationCreated',
    'Allocation AllocationUpdated',
  ];
  const life =
    /^\S+Z {2}test [0-9a-f]{8} task {2}Received: .*\n\S+Z {2}test [0-9a-f]{8} task {2}Started: .*\n\S+Z {2}test [0-9a-f]{8} task {2}Terminated: Ended: exit code 0\n/m;
  await eventually('the followers hear of a job', async () => {
    assert.equal((await agent.cli('run', file)).code, 0);
    await agent.until('it has ended', 'test', (those) =>
      those.every(({ ClientStatus }) => ClientStatus === 'complete'),
    );
    assert.equal((await agent.cli('stop', '--purge', 'test')).code, 0);
    const types = typesOf(raw?.text);
    const hasAll = wanted.every((type) => types.has(type));
    return (hasAll && life.test(all?.text ?? '')) || undefined;
  });
  assert.equal(new Set(lines(all?.text)).size, lines(all?.text).length, 'nothing is told twice');
  await agent.cli('run', file);
  await agent.until('it has ended', 'test', (those) =>
    those.every(({ ClientStatus }) => ClientStatus === 'complete'),
  );
  const past = await agent.cli('events', '--json', 'test');
  assert.deepEqual(
    lines(past.stdout).map((line) => (JSON.parse(line) as { Type: string }).Type),
    ['Received', 'Started', 'Terminated'],
  );
  assert.equal((await agent.cli('events', 'none')).code, 1);
  await agent.end('SIGTERM');
  // With the agent ends what it tells.
  await Promise.all([all?.ended, raw?.ended]);
});

test('a stream of events tells what was asked for, from where it was asked for', async (t) => {
  const [agent, { ID }] = await running(t);
  const first = await agent.client.stream('/v1/event/stream', {
    topic: `Allocation:${ID}`,
    index: 1,
  });
  let told = '';
  for await (const chunk of first) {
    told += chunk.toString();
    if (told.split('\n').length > 2) break;
  }
  const [, line = ''] = told.split('\n');
  const { Index, Events } = JSON.parse(line) as {
    Index: number;
    Events: Record<string, unknown>[];
  };
  assert.ok(Index > 1);
  assert.deepEqual(
    Events.map(({ Topic, Key, FilterKeys }) => ({ Topic, Key, FilterKeys })),
    [{ Topic: 'Allocation', Key: ID, FilterKeys: ['test'] }],
  );
  for (const query of [{ topic: 'Nothing' }, { index: 'x' }, { index: -1 }])
    await assert.rejects(agent.client.stream('/v1/event/stream', query), /must be/);
});
