// Tasks in groups that a scheduler has made for them: used as they are, emptied, never removed.

import assert from 'node:assert/strict';
import { spawn as spawnChild } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { GivenGroup } from '../../src/cgroup/given-group.ts';
import type { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import { makeGroup, mountOf } from '../helpers/cgroup-group.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { hostTest } from '../helpers/host-test.ts';

const sleeper = { command: 'sleep', args: ['1000'] } as const;

function membersOf(group: string): readonly string[] {
  return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
}

async function pidOf(driver: RawExecDriver, id: string): Promise<string> {
  return (await driver.inspectTask(id)).attributes['pid'] ?? '';
}

/** The freezer, cpu and memory groups that Nomad makes, and a cpuset that others are in, too. */
function makeV1Groups(
  t: TestContext,
): { given: GivenGroup; own: readonly string[]; shared: string } | undefined {
  const freezer = makeGroup(t, 'freezer');
  const cpuset = makeGroup(t, 'cpuset');
  if (freezer === undefined || cpuset === undefined) return undefined;
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const above = readFileSync(join(cpuset.path, '..', file), 'utf8');
    writeFileSync(join(cpuset.path, file), above);
  }
  const others = ['cpu', 'memory'].map((controller) => {
    const path = join(mountOf(controller) ?? '', basename(freezer.path));
    mkdirSync(path);
    t.after(() => rmdirSync(path));
    return [controller, path] as const;
  });
  const v1 = { freezer: freezer.path, ...Object.fromEntries(others) };
  return {
    given: { v1, shared: { cpuset: cpuset.path } },
    own: Object.values(v1),
    shared: cpuset.path,
  };
}

hostTest(
  'A task runs in the version 2 group that its scheduler has made, and the group stays.',
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    const group = makeGroup(t);
    if (group === undefined) return;
    const task = configTask(sleeper, {
      givenGroup: { v2: group.path },
      resources: { memoryMb: 64 },
    });
    await driver.startTask(task);
    assert.deepEqual(membersOf(group.path), [await pidOf(driver, task.id)]);
    // On hybrid hosts version 2 has no such controller.
    const memoryMax = join(group.path, 'memory.max');
    if (existsSync(memoryMax)) {
      assert.equal(readFileSync(memoryMax, 'utf8').trim(), String(64 << 20));
    }

    const { output } = await driver.execTask(task.id, ['cat', '/proc/self/cgroup']);
    assert.match(output.toString(), new RegExp(`^0::.*${group.name}/x-`, 'm'));
    assert.ok((await driver.taskStats(task.id)).group, 'its use is read from the group');

    await driver.stopTask(task.id);
    await driver.destroyTask(task.id);
    assert.deepEqual(membersOf(group.path), []);
    assert.deepEqual(
      readdirSync(group.path, { withFileTypes: true }).filter((one) => one.isDirectory()),
      [],
    );
  },
);

hostTest('What a task has left in a given group ends with it, in groups below, too.', async (t) => {
  const { driver, configTask, untilLine } = await makeDriver(t);
  const group = makeGroup(t);
  if (group === undefined) return;
  const script = `mkdir ${group.path}/below && sleep 1000 & echo $! > ${group.path}/below/cgroup.procs; setsid sleep 1000 & echo ready`;
  const task = configTask(
    { command: 'sh', args: ['-c', script] },
    { givenGroup: { v2: group.path } },
  );
  await driver.startTask(task);
  await untilLine('ready');
  await driver.waitTask(task.id);
  await driver.destroyTask(task.id, { force: true });
  assert.deepEqual(membersOf(group.path), []);
  assert.ok(!existsSync(join(group.path, 'below')));
});

hostTest('In given groups of version 1 a shared one is joined and never emptied.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  const groups = makeV1Groups(t);
  if (groups === undefined) return;
  const stranger = spawnChild('sleep', ['1000'], { stdio: 'ignore' });
  cleanUp(t, async () => {
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  });
  writeFileSync(join(groups.shared, 'cgroup.procs'), String(stranger.pid));
  const task = configTask(sleeper, {
    givenGroup: groups.given,
    resources: { memoryMb: 64 },
  });
  await driver.startTask(task);
  const pid = await pidOf(driver, task.id);
  for (const path of groups.own) assert.deepEqual(membersOf(path), [pid]);
  assert.deepEqual(new Set(membersOf(groups.shared)), new Set([pid, String(stranger.pid)]));
  const memory = groups.own.find((path) => path.includes('/memory/')) ?? '';
  assert.equal(
    readFileSync(join(memory, 'memory.limit_in_bytes'), 'utf8').trim(),
    String(64 << 20),
  );

  // A scheduler that ends tasks by the freezer does not look below the group that it has made.
  const { output } = await driver.execTask(task.id, ['cat', '/proc/self/cgroup']);
  assert.match(output.toString(), new RegExp(`:freezer:/${basename(groups.own[0] ?? '')}$`, 'm'));

  await driver.stopTask(task.id, { timeoutMs: 0 });
  await driver.destroyTask(task.id);
  assert.deepEqual(membersOf(groups.shared), [String(stranger.pid)]);
  for (const path of groups.own) assert.ok(existsSync(path), `${path} is its maker's to remove`);
});

hostTest(
  'A group of version 1 that was not there is made, and removed with its task.',
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    const freezer = mountOf('freezer');
    if (freezer === undefined) {
      t.skip('this host has not mounted v1 freezer');
      return;
    }
    const path = join(freezer, `raw-exec-test-${process.pid}-given`);
    const task = configTask(sleeper, { givenGroup: { v1: { freezer: path } } });
    await driver.startTask(task);
    assert.deepEqual(membersOf(path), [await pidOf(driver, task.id)]);
    await driver.destroyTask(task.id, { force: true });
    assert.ok(!existsSync(path));
  },
);

hostTest(
  'A given group that is not there refuses the start, and nothing was started.',
  async (t) => {
    const { driver, configTask } = await makeDriver(t);
    const task = configTask(sleeper, { givenGroup: { v2: '/sys/fs/cgroup/raw-exec-test-absent' } });
    await assert.rejects(driver.startTask(task), {
      code: 'ERR_CGROUP',
      message: /raw-exec-test-absent.*cgroup\.controllers failed \(ENOENT\)/,
    });
  },
);
