// Collection by a whole agent: by itself, and when somebody asks for it.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestAgent } from '../helpers/agent.ts';
import { eventually } from '../helpers/eventually.ts';
import { mountSmallDisk } from '../helpers/file-systems.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';

const patient = 'trap "exit 0" INT; while :; do sleep 0.02; done';
const soon = 'gc_interval = "100ms"';

const directoriesOf = (agent: TestAgent): string[] =>
  readdirSync(join(agent.stateDirectory, 'alloc'));

const untilJobIsGone = (agent: TestAgent): Promise<true> =>
  eventually('the job is gone', async () => {
    const jobs = await agent.client.get<unknown[]>('/v1/jobs');
    return jobs.length === 0 || undefined;
  });

test('too many directories go by themselves, and a batch job that has lost its own is not run again', async (t) => {
  const agent = new TestAgent(t, `${soon}\ngc_max_allocs = 1`);
  await agent.start();
  const task = shellTask('task', 'echo done');
  const file = await jobFile(t, [taskGroup('group', [task], { Count: 3 })]);
  assert.equal((await agent.cli('run', file)).code, 0);
  await eventually('one is left', () => directoriesOf(agent).length === 1 || undefined);
  const all = await agent.allocations('test');
  assert.equal(all.length, 3);
  const lost = all.find(({ ID }) => !directoriesOf(agent).includes(ID));
  const logs = await agent.cli('logs', lost?.ID ?? '');
  assert.equal(logs.code, 1);
  assert.match(logs.stderr, /was collected, with its logs/);
  // Also not by the next agent, nor when it is asked to look again.
  assert.equal(await agent.end('SIGTERM'), 0);
  await agent.start();
  await agent.client.put('/v1/job/test/evaluate', {});
  const ids = (await agent.allocations('test')).map(({ ID }) => ID);
  assert.deepEqual(ids.toSorted(), all.map(({ ID }) => ID).toSorted());
});

test('jobs that are done go after their time, with everything, and services stay', async (t) => {
  const agent = new TestAgent(t, `${soon}\njob_gc_threshold = "0s"\neval_gc_threshold = "0s"`);
  await agent.start();
  const service = await jobFile(t, [taskGroup('group', [shellTask('task', patient)])], {
    ...{ ID: 'service', Type: 'service' },
  });
  assert.equal((await agent.cli('run', service)).code, 0);
  const [first] = await agent.allocations('service');
  assert.ok(first);
  assert.equal(
    (
      await agent.cli(
        'run',
        '--detach',
        await jobFile(t, [taskGroup('group', [shellTask('task', 'exit 0')])]),
      )
    ).code,
    0,
  );
  // The one that was replaced goes, too.
  assert.equal((await agent.cli('stop', first.ID)).code, 0);
  await eventually('all but the service is gone', async () => {
    const jobs = await agent.client.get<{ ID: string }[]>('/v1/jobs');
    const left = await agent.allocations('service');
    return (jobs.length === 1 && left.length === 1 && left[0]?.ID !== first.ID) || undefined;
  });
  const [left] = await agent.allocations('service');
  assert.deepEqual(directoriesOf(agent), [left?.ID]);
  assert.equal((await agent.cli('stop', '--detach', 'service')).code, 0);
  await untilJobIsGone(agent);
  for (const folder of ['alloc', 'allocations', 'jobs']) {
    await eventually(
      `${folder} is empty`,
      () => readdirSync(join(agent.stateDirectory, folder)).length === 0 || undefined,
    );
  }
});

test('a full disk takes the directories of what has ended, the oldest first, until there is room', async (t) => {
  const agent = new TestAgent(t, `${soon}\ngc_disk_usage_threshold = 50`);
  const disk = mountSmallDisk(t, join(agent.stateDirectory, 'alloc'), 1024 * 1024);
  if (disk === undefined) return;
  await agent.start();
  const write = (size: number): object =>
    shellTask('task', `head -c ${size} /dev/zero >../alloc/data/file`);
  const run = async (ID: string, size: number): Promise<string> => {
    const file = await jobFile(t, [taskGroup('group', [write(size)])], { ID });
    assert.equal((await agent.cli('run', file)).code, 0);
    const [found] = await agent.until(
      'it has ended',
      ID,
      ([one]) => one?.ClientStatus === 'complete',
    );
    return found?.ID ?? '';
  };
  const small = 200 * 1024;
  const first = await run('first', small);
  const second = await run('second', small);
  assert.deepEqual(directoriesOf(agent).toSorted(), [first, second].toSorted());
  const third = await run('third', small);
  await eventually('the first is gone', () => !directoriesOf(agent).includes(first) || undefined);
  assert.deepEqual(directoriesOf(agent).toSorted(), [second, third].toSorted());
});

test('`raw-exec gc` collects all that has ended, by name one directory, and nothing that runs', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const service = await jobFile(
    t,
    [taskGroup('group', [shellTask('task', patient)], { Count: 2 })],
    { Type: 'service' },
  );
  assert.equal((await agent.cli('run', service)).code, 0);
  const done = await jobFile(t, [taskGroup('group', [shellTask('task', 'exit 0')])], {
    ID: 'done',
  });
  assert.equal((await agent.cli('run', done)).code, 0);
  const [ended] = await agent.until(
    'it is done',
    'done',
    ([one]) => one?.ClientStatus === 'complete',
  );
  const [first] = await agent.allocations('test');
  assert.ok(ended && first);
  const refused = await agent.cli('gc', first.ID);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /cannot be collected before it has ended: stop it first/);
  const unknown = await agent.cli('gc', 'ffffffff');
  assert.match(unknown.stderr, /there is no allocation "ffffffff"/);
  const one = await agent.cli('gc', ended.ID.slice(0, 8));
  assert.equal(one.stdout, `the directory of allocation ${ended.ID.slice(0, 8)} is removed\n`);
  assert.ok(!existsSync(join(agent.stateDirectory, 'alloc', ended.ID)));
  assert.equal((await agent.allocations('done')).length, 1);
  const all = await agent.cli('gc');
  assert.equal(all.stdout, 'removed: 1 jobs, 0 allocations, and the directories of 0 others\n');
  assert.equal(directoriesOf(agent).length, 2);
  assert.equal((await agent.allocations('test')).length, 2);
  assert.equal((await agent.cli('stop', 'test')).code, 0);
  const directories = await agent.client.put('/v1/client/gc', {});
  assert.deepEqual(directories, { Jobs: 0, Allocations: 0, Directories: 2 });
  assert.deepEqual(await agent.client.put('/v1/system/gc', {}), {
    ...{ Jobs: 1, Allocations: 0, Directories: 0 },
  });
});

test('what cannot be removed is told once, and stays until somebody asks again', async (t) => {
  const agent = new TestAgent(t, `${soon}\njob_gc_threshold = "0s"`);
  await agent.start();
  const script = 'until [ -e ../alloc/data/go ]; do sleep 0.02; done';
  const file = await jobFile(t, [taskGroup('group', [shellTask('task', script)])]);
  assert.equal((await agent.cli('run', file)).code, 0);
  const [allocation] = await agent.allocations('test');
  assert.ok(allocation);
  const data = join(agent.stateDirectory, 'alloc', allocation.ID, 'alloc/data');
  const disk = mountSmallDisk(t, join(data, 'mounted'), 64 * 1024);
  if (disk === undefined) return;
  mkdirSync(join(data, 'go'));
  await eventually(
    'it is told',
    () => /cannot collect test: .*unmount.*`raw-exec gc` tries again/.test(agent.said) || undefined,
  );
  assert.ok(existsSync(data));
  disk.unmount();
  assert.equal((await agent.cli('gc')).code, 0);
  await untilJobIsGone(agent);
  assert.ok(!existsSync(data));
  assert.equal(agent.said.match(/cannot collect/g)?.length, 1);
});
