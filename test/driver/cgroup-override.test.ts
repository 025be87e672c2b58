import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { resolveCgroupOverride } from '../../src/driver/cgroup-override.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { hostTest } from '../helpers/host-test.ts';

const id = 'alloc/task/1';
const base = { command: 'true', args: [], deniedEnvvars: [] };

hostTest(
  'A task joins the version 2 group that it names, from the mount or by its whole path.',
  async (t) => {
    const group = makeGroup(t);
    if (group === undefined) {
      return;
    }
    for (const cgroup_v2_override of [group.name, group.path]) {
      const { driver, configTask, stdout } = await makeDriver(t);
      const config = { command: 'cat', args: ['/proc/self/cgroup'], cgroup_v2_override };
      await driver.startTask(configTask(config));
      assert.equal((await driver.waitTask(id)).exitCode, 0);
      assert.match(stdout(), new RegExp(`^0::.*/${group.name}$`, 'm'));
      await driver.destroyTask(id);
      await driver.close();
    }
  },
);

hostTest('A task joins the version 1 groups that it names.', async (t) => {
  const pids = makeGroup(t, 'pids');
  const freezer = pids && makeGroup(t, 'freezer');
  if (pids === undefined || freezer === undefined) {
    return;
  }
  const { driver, configTask, stdout } = await makeDriver(t);
  const cgroup_v1_override = [{ pids: pids.name }, { freezer: freezer.path }];
  const config = { command: 'cat', args: ['/proc/self/cgroup'], cgroup_v1_override };
  await driver.startTask(configTask(config));
  assert.equal((await driver.waitTask(id)).exitCode, 0);
  assert.match(stdout(), new RegExp(`:pids:/${pids.name}$`, 'm'));
  assert.match(stdout(), new RegExp(`:freezer:/${freezer.name}$`, 'm'));
});

hostTest('A second command in a task runs in the group of the task.', async (t) => {
  const group = makeGroup(t);
  if (group === undefined) {
    return;
  }
  const { driver, configTask } = await makeDriver(t);
  const config = { command: 'sleep', args: ['1000'], cgroup_v2_override: group.name };
  await driver.startTask(configTask(config));
  const { output } = await driver.execTask(id, ['cat', '/proc/self/cgroup']);
  assert.match(output.toString(), new RegExp(`^0::.*/${group.name}$`, 'm'));
  await driver.destroyTask(id, { force: true });
  await driver.destroyTask(id, { force: true });
  await driver.close();
});

hostTest(
  'A group that is not there is refused with its path, and nothing is started.',
  async (t) => {
    const group = makeGroup(t);
    if (group === undefined) {
      return;
    }
    const path = join(group.path, 'none');
    const { driver, configTask } = await makeDriver(t);
    const config = { command: 'true', cgroup_v2_override: `${group.name}/none` };
    await assert.rejects(driver.startTask(configTask(config)), {
      code: 'ERR_CGROUP',
      path,
      message:
        `cannot enter cgroup ${path}: ENOENT (no such file or directory). ` +
        'An override joins a group that is there: make it first',
    });
  },
);

test('A folder that is no group is refused.', async () => {
  await assert.rejects(resolveCgroupOverride({ ...base, cgroupV2Override: '/tmp' }), {
    code: 'ERR_CGROUP',
    message:
      'cannot enter cgroup /tmp: it is no cgroup v2 group. Give the path of one, with its mount point',
  });
});

test('A group of the other version is refused.', async (t) => {
  const group = makeGroup(t);
  if (group === undefined) {
    return;
  }
  await assert.rejects(resolveCgroupOverride({ ...base, cgroupV1Override: { pids: group.path } }), {
    code: 'ERR_CGROUP',
    message: /is no cgroup v1 group/,
  });
});

test('A controller that this host has not mounted is refused.', async () => {
  const config = { ...base, cgroupV1Override: { 'no-such-controller': 'x' } };
  await assert.rejects(resolveCgroupOverride(config), {
    code: 'ERR_CGROUP',
    message:
      'cannot enter cgroup x: this host has not mounted the v1 controller no-such-controller. Use the other override, ' +
      'or none',
  });
});

test('Without an override nothing is joined.', async () => {
  assert.equal(await resolveCgroupOverride(base), undefined);
});
