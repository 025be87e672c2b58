// A whole agent as a process, asked by its command line and its API.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AllocationRecord, TaskRecord } from '../../src/agent/state/records.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import { KeeperClient } from '../../src/keeper/keeper-client.ts';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';
import { isAlive } from '../helpers/process-end.ts';

const second = 1_000_000_000;
const patient = 'echo begin; trap "echo end; exit 0" INT; while :; do sleep 0.02; done';
const service = { Type: 'service' };

test('a job runs, is shown, is logged and is stopped', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const file = await jobFile(t, [taskGroup('group', [shellTask('task', patient)])], service);
  const run = await agent.cli('run', file);
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stdout,
    /^job test is registered\n(?:.*\n)*allocation [0-9a-f]{8} \(test\.group\[0\]\): running\n$/,
  );
  assert.match((await agent.cli('status')).stdout, /^test +service +running /m);
  assert.match(
    (await agent.cli('status', 'test')).stdout,
    /^[0-9a-f]{8} +group +0 +run +running /m,
  );
  const [allocation] = await agent.allocations('test');
  assert.ok(allocation);
  const pid = pidOf(allocation, 'task');
  assert.ok(isAlive(pid));
  // Follows until the end, which the stop brings.
  const following = agent.cli('logs', '-f', 'test');
  const stopped = await agent.cli('stop', 'test');
  assert.equal(stopped.stdout, 'job test is stopped\n', stopped.stderr);
  assert.ok(!isAlive(pid));
  assert.equal((await following).stdout, 'begin\nend\n');
  assert.equal((await agent.cli('logs', '-tail', '-n', '1', 'test')).stdout, 'end\n');
  const status = await agent.cli('status', allocation.ID.slice(0, 8));
  assert.match(status.stdout, /^Desired += stop \(the job was stopped\)$/m);
  assert.match(status.stdout, /^Task task: dead$/m);
  assert.match(status.stdout, /Terminated +Ended: exit code 0/);
  assert.equal((await agent.cli('stop', '--purge', 'test')).code, 0);
  assert.equal(await agent.end('SIGTERM'), 0);
});

test('tasks outlive an agent that is killed, and the next one has them with their logs and ends', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const tasks = [
    shellTask('runs', patient),
    shellTask('ends', 'echo once; until [ -e ../alloc/data/go ]; do sleep 0.02; done; exit 3', {
      RestartPolicy: { Attempts: 0, Interval: 600 * second, Delay: 0, Mode: 'fail' },
    }),
  ];
  const groups = tasks.map((task, at) =>
    taskGroup(`group${at}`, [task], { ReschedulePolicy: { Attempts: 0, Unlimited: false } }),
  );
  assert.equal((await agent.cli('run', await jobFile(t, groups, service))).code, 0);
  const before = await agent.until('both run', 'test', (all) =>
    all.every(({ ClientStatus }) => ClientStatus === 'running'),
  );
  const [runs, ends] = before.toSorted((a, b) => (a.TaskGroup < b.TaskGroup ? -1 : 1));
  assert.ok(runs && ends);
  await agent.end('SIGKILL');
  writeFileSync(join(agent.stateDirectory, 'alloc', ends.ID, 'alloc/data/go'), '');
  await agent.start();
  const after = await agent.until('the one that ends has ended', 'test', (all) =>
    all.some(({ ClientStatus }) => ClientStatus === 'failed'),
  );
  assert.equal(after.length, 2, 'nothing was started again');
  const ended = after.find(({ ID }) => ID === ends.ID);
  assert.match(
    ended?.TaskStates['ends']?.Events.at(-1)?.DisplayMessage ?? '',
    /no attempts|exit code 3/,
  );
  const still = after.find(({ ID }) => ID === runs.ID);
  assert.ok(still);
  assert.equal(still.ClientStatus, 'running');
  assert.ok(isAlive(pidOf(still, 'runs')));
  assert.equal(pidOf(still, 'runs'), pidOf(runs, 'runs'));
  assert.equal((await agent.cli('logs', ends.ID)).stdout, 'once\n');
  assert.equal((await agent.cli('stop', 'test')).code, 0);
  assert.equal((await agent.cli('logs', runs.ID)).stdout, 'begin\nend\n');
});

test('an instance that was started and not written down is taken over, also when its siblings are to end', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const tasks = [shellTask('one', patient), shellTask('two', patient)];
  const file = await jobFile(t, [taskGroup('group', tasks)], service);
  assert.equal((await agent.cli('run', file)).code, 0);
  const [allocation] = await agent.until('both run', 'test', ([found]) =>
    Object.values(found?.TaskStates ?? {}).every(({ State }) => State === 'running'),
  );
  assert.ok(allocation);
  await agent.end('SIGKILL');
  const path = join(agent.stateDirectory, 'allocations', `${allocation.ID}.json`);
  const record = JSON.parse(readFileSync(path, 'utf8')) as AllocationRecord;
  record.tasks['two'] = { ...newest(record, 'two'), instance: 0, state: 'pending', events: [] };
  record.desired = 'stop';
  writeFileSync(path, JSON.stringify(record));
  await agent.start();
  await agent.until('it has ended', 'test', ([found]) => found?.ClientStatus === 'complete');
  assert.ok(!isAlive(pidOf(allocation, 'two')));
  assert.equal((await agent.cli('stop', 'test')).code, 0);
});

test('what an agent has written the end of, and did not come to forget, is forgotten by the next one', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const tasks = [
    shellTask('done', 'echo done', { Lifecycle: { Hook: 'prestart' } }),
    shellTask('task', patient),
  ];
  const file = await jobFile(t, [taskGroup('group', tasks)], service);
  assert.equal((await agent.cli('run', file)).code, 0);
  const [allocation] = await agent.until(
    'it runs',
    'test',
    ([one]) => one?.TaskStates['task']?.State === 'running',
  );
  assert.ok(allocation);
  await agent.end('SIGKILL');
  // As a keeper has it that nobody has told to forget.
  const id = `${allocation.ID}/done/00000001`;
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory: join(agent.stateDirectory, 'keeper') },
  });
  cleanUp(t, () => driver.close());
  await driver.startTask({
    id,
    name: 'done',
    taskDir: agent.stateDirectory,
    env: {},
    driverConfig: { command: '/bin/true' },
  });
  await driver.waitTask(id);
  await agent.start();
  await eventually('the keeper has forgotten it', async () => {
    const client = new KeeperClient(join(agent.stateDirectory, 'keeper'), () =>
      Promise.resolve(undefined),
    );
    const ids = (await client.list()).map((one) => one.id);
    await client.close();
    return ids.includes(id) ? undefined : true;
  });
  const [after] = await agent.allocations('test');
  assert.equal(
    after?.TaskStates['done']?.Events.length,
    allocation.TaskStates['done']?.Events.length,
  );
  assert.equal((await agent.cli('stop', 'test')).code, 0);
});

test('a task that fails is started again by its policy, then its allocation is replaced', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const task = shellTask('task', 'echo run; exit 7', {
    RestartPolicy: { Attempts: 1, Interval: 600 * second, Delay: 0, Mode: 'fail' },
  });
  const group = taskGroup('group', [task], {
    ReschedulePolicy: {
      Attempts: 1,
      Interval: 3600 * second,
      Delay: 5 * second,
      DelayFunction: 'constant',
      Unlimited: false,
    },
  });
  const run = await agent.cli('run', await jobFile(t, [group]));
  const all = await agent.until(
    'the second one has failed, too',
    'test',
    (found) => found.length === 2 && found.every(({ ClientStatus }) => ClientStatus === 'failed'),
  );
  const [first, next] = all;
  assert.ok(first && next, run.stderr);
  assert.equal(first.NextAllocation, next.ID);
  assert.equal(next.PreviousAllocation, first.ID);
  assert.equal(first.TaskStates['task']?.Restarts, 1);
  assert.equal((await agent.cli('logs', next.ID)).stdout, 'run\nrun\n');
  assert.match(agent.said, /is not replaced: the 1 attempts of 3600 s are used up/);
});

test('a changed job gets new allocations, and an unchanged one keeps its own', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const write = (script: string, count: number): Promise<string> =>
    jobFile(t, [taskGroup('group', [shellTask('task', script)], { Count: count })], service);
  const run = async (script: string, count: number): Promise<void> => {
    const { code, stderr } = await agent.cli('run', await write(script, count));
    assert.equal(code, 0, stderr);
  };
  const running = (count: number) =>
    agent.until(`${count} run and no others`, 'test', (all) => {
      const live = all.filter(({ ClientStatus }) => ['running', 'pending'].includes(ClientStatus));
      const good = live.filter(
        ({ DesiredStatus, ClientStatus }) => DesiredStatus === 'run' && ClientStatus === 'running',
      );
      return live.length === count && good.length === count;
    });
  const idsOf = (all: Awaited<ReturnType<typeof running>>): string[] =>
    all
      .filter(({ ClientStatus }) => ClientStatus === 'running')
      .map(({ ID }) => ID)
      .toSorted();
  await run(patient, 2);
  const two = idsOf(await running(2));
  await run(patient, 2);
  assert.deepEqual(idsOf(await running(2)), two);
  await run(patient, 1);
  const [kept] = idsOf(await running(1));
  assert.ok(kept !== undefined && two.includes(kept));
  await run(`${patient} # other`, 1);
  const [other] = idsOf(await running(1));
  assert.ok(other !== undefined && !two.includes(other));
  const stopped = await agent.cli('stop', other);
  assert.equal(stopped.code, 0, stopped.stderr);
  const [again] = idsOf(await running(1));
  assert.notEqual(again, other);
  assert.equal((await agent.cli('stop', '--purge', 'test')).code, 0);
  await agent.until('all is forgotten', 'test', (all) => all.length === 0);
  assert.deepEqual(readdirSync(join(agent.stateDirectory, 'alloc')), []);
});

test('what cannot be placed says why, and nothing of it is started', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const constrained = await jobFile(t, [
    taskGroup('group', [shellTask('task', 'exit 0')], {
      Constraints: [{ LTarget: '${attr.kernel.name}', Operand: '=', RTarget: 'windows' }],
    }),
  ]);
  const refused = await agent.cli('run', constrained);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /not all of it could be placed:\ngroup "group": .*windows/);
  const ports = { Networks: [{ ReservedPorts: [{ Label: 'http', Value: 31_999 }] }], Count: 2 };
  const twice = await jobFile(t, [taskGroup('group', [shellTask('task', patient)], ports)], {
    ID: 'twice',
  });
  const { code, stderr } = await agent.cli('run', twice);
  assert.equal(code, 1);
  assert.match(stderr, /port 31999 of this host is taken by another allocation/);
  assert.equal((await agent.allocations('test')).length, 0);
  assert.equal((await agent.allocations('twice')).length, 1);
  assert.equal((await agent.cli('stop', 'twice')).code, 0);
});

test('the next version of a job waits for the end of the one before, and has its ports', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const networks = { Networks: [{ ReservedPorts: [{ Label: 'http', Value: 31_998 }] }] };
  const slow = 'trap "sleep 0.3; exit 0" INT; while :; do sleep 0.02; done';
  const write = (script: string): Promise<string> =>
    jobFile(t, [taskGroup('group', [shellTask('task', script)], networks)], service);
  assert.equal((await agent.cli('run', await write(slow))).code, 0);
  const [first] = await agent.allocations('test');
  assert.ok(first);
  const next = await agent.cli('run', await write(patient));
  assert.equal(next.code, 0, next.stderr);
  const [before, after] = await agent.until(
    'the next one runs',
    'test',
    ([, second]) => second?.ClientStatus === 'running',
  );
  assert.equal(before?.ClientStatus, 'complete');
  assert.equal(after?.PreviousAllocation, first.ID);
  const ended = Date.parse(before.TaskStates['task']?.FinishedAt ?? '');
  assert.ok(Date.parse(after.TaskStates['task']?.StartedAt ?? '') >= ended);
  assert.equal((await agent.cli('stop', 'test')).code, 0);
});

test('a driver that nobody has enabled starts nothing, and says how to enable it', async (t) => {
  const agent = new TestAgent(t, '', 'enabled = false');
  await agent.start();
  const { code, stderr } = await agent.cli(
    'run',
    await jobFile(t, [
      taskGroup('group', [shellTask('task', 'exit 0')], {
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
      }),
    ]),
  );
  assert.equal(code, 1);
  assert.match(stderr, /failed: [0-9a-f]{8}\. See `raw-exec status/);
  const [allocation] = await agent.allocations('test');
  assert.match(
    allocation?.TaskStates['task']?.Events.at(-1)?.DisplayMessage ?? '',
    /enabled = true/,
  );
});

test('one agent for a state directory, and a damaged file is set aside', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const second = await agent.cli('agent');
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another agent has it/);
  await agent.end('SIGTERM');
  const file = join(agent.stateDirectory, 'allocations', 'x.json');
  writeFileSync(file, '{"version":1');
  await agent.start();
  assert.match(agent.said, /x\.json cannot be used and is .*x\.json\.damaged now/);
  assert.ok(existsSync(`${file}.damaged`));
});

test('an agent that is told to stop its tasks does so, and the next one starts them again', async (t) => {
  const agent = new TestAgent(t, 'stop_tasks_on_exit = true');
  await agent.start();
  const file = await jobFile(t, [taskGroup('group', [shellTask('task', patient)])], service);
  assert.equal((await agent.cli('run', file)).code, 0);
  const [before] = await agent.allocations('test');
  assert.ok(before);
  assert.equal(await agent.end('SIGTERM'), 0);
  assert.ok(!isAlive(pidOf(before, 'task')));
  await agent.start();
  const all = await agent.until('it runs again', 'test', (found) =>
    found.some(({ ClientStatus }) => ClientStatus === 'running'),
  );
  assert.equal(all.length, 2);
  assert.equal((await agent.cli('stop', 'test')).code, 0);
});

function newest(record: AllocationRecord, name: string): TaskRecord {
  const task = record.tasks[name];
  assert.ok(task);
  return task;
}
