// What an agent finds when it takes over in the middle of something: replacements that wait, and ends that were asked for.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestAgent } from '../helpers/agent.ts';
import { jobFile, shellTask, taskGroup, temporaryDirectory } from '../helpers/job-file.ts';

const second = 1_000_000_000;
const count = 6;

/** Ends when it may: the file says so. `begun` is made by each task that begins, with the name of its allocation. */
function stubborn(folder: string, version: string): object {
  const script =
    `trap "until [ -e ${folder}/go ]; do sleep 0.02; done; exit 0" INT; ` +
    `touch ${folder}/${version}-$NOMAD_ALLOC_INDEX; while :; do sleep 0.02; done`;
  return shellTask('task', script, { KillTimeout: 60 * second });
}

test('an allocation waits for the end of the one that it stands for, over the death of the agent', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const folder = await temporaryDirectory(t);
  const versions = ['first', 'second'].map((version) =>
    jobFile(t, [taskGroup('group', [stubborn(folder, version)], { Count: count })], {
      Type: 'service',
    }),
  );
  const [first = '', second = ''] = await Promise.all(versions);
  assert.equal((await agent.cli('run', first)).code, 0);
  await agent.until('all run', 'test', (all) =>
    all.every((one) => existsSync(join(folder, `first-${indexOf(one.Name)}`))),
  );
  assert.equal((await agent.cli('run', '--detach', second)).code, 0);
  // Whatever the order of their files is: half of them would be wrong.
  await agent.end('SIGKILL');
  await agent.start();
  const waiting = await agent.until(
    'all are taken over',
    'test',
    (all) => all.length === 2 * count,
  );
  for (const { JobVersion, TaskStates } of waiting) {
    if (JobVersion === 1) assert.equal(TaskStates['task']?.State, 'pending');
  }
  assert.ok(!existsSync(join(folder, 'second-0')));
  writeFileSync(join(folder, 'go'), '');
  await agent.until('the second version runs', 'test', (all) =>
    all
      .filter(({ JobVersion }) => JobVersion === 1)
      .every((one) => existsSync(join(folder, `second-${indexOf(one.Name)}`))),
  );
  const ended = (await agent.allocations('test')).filter(({ JobVersion }) => JobVersion === 0);
  assert.equal(ended.length, count);
  for (const { TaskStates } of ended) assert.equal(TaskStates['task']?.State, 'dead');
});

test('an allocation that is no longer wanted when its turn comes does not run', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const folder = await temporaryDirectory(t);
  for (const version of ['first', 'second']) {
    const file = await jobFile(t, [taskGroup('group', [stubborn(folder, version)])], {
      Type: 'service',
    });
    assert.equal((await agent.cli('run', '--detach', file)).code, 0);
    if (version === 'first')
      await agent.until('it runs', 'test', () => existsSync(join(folder, 'first-0')));
  }
  const stopping = agent.cli('stop', 'test');
  await agent.until(
    'both are to end',
    'test',
    (all) => all.length === 2 && all.every(({ DesiredStatus }) => DesiredStatus === 'stop'),
  );
  writeFileSync(join(folder, 'go'), '');
  assert.equal((await stopping).code, 0);
  const [, withdrawn] = await agent.until('both have ended', 'test', (all) =>
    all.every(({ ClientStatus }) => ClientStatus === 'complete'),
  );
  assert.deepEqual(
    withdrawn?.TaskStates['task']?.Events.map(({ Type }) => Type).filter(
      (type) => type === 'Started',
    ),
    [],
  );
  assert.ok(!existsSync(join(folder, 'second-0')));
});

/** `test.group[3]` → 3 */
function indexOf(name: string): string {
  return /\[(\d+)\]$/.exec(name)?.[1] ?? '';
}
