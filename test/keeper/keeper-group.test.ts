// Where keeper and holder live: in a group of their own, which whoever has started them does not share.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { findCgroupMount, parseCgroupMounts } from '../../src/cgroup/cgroup-mounts.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  holdersOf,
  keeperFolder,
  keepersOf,
  killAll,
  untilServed,
} from '../helpers/keeper-folder.ts';
import { keptTasks } from '../helpers/kept-tasks.ts';
import { withoutGroups } from '../helpers/kept-test.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { untilEnded } from '../helpers/process-end.ts';

guardAgainstLeaks();

const skip = withoutGroups;

/** Directories of a process's groups in the hierarchies by which service managers know their units. */
function groupsOf(pid: number): readonly string[] {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return [undefined, 'systemd'].flatMap((controller) => {
    const mount = findCgroupMount(mounts, controller);
    const prefix = controller === undefined ? '0::' : `name=${controller}:`;
    const line = lines.find((one) => one.replace(/^[1-9]\d*:/, '').startsWith(prefix));
    if (mount === undefined || line === undefined) return [];
    return [`${mount.mountPoint}${line.slice(line.indexOf(prefix) + prefix.length)}`];
  });
}

function only(pids: readonly number[]): number {
  assert.equal(pids.length, 1);
  return pids[0] ?? -1;
}

test('Keeper and holder are in a group of their own beside those of tasks, and it goes with them.', {
  skip,
}, async (t) => {
  const folder = keeperFolder(t);
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory: folder },
  });
  cleanUp(t, () => driver.close());
  const task = {
    id: 'short',
    name: 'short',
    taskDir: '/',
    env: {},
    driverConfig: { command: '/bin/true' },
  };
  await driver.startTask(task);
  assert.equal((await driver.waitTask('short')).exitCode, 0);
  await driver.destroyTask('short');
  const keeper = only(keepersOf(folder));
  const groups = groupsOf(keeper);
  assert.ok(groups.length > 0);
  for (const group of groups) {
    assert.match(basename(group), /^keeper-\d+\.\d+$/);
    assert.ok(!groupsOf(process.pid).includes(group));
  }
  const holder = only(holdersOf(folder));
  assert.deepEqual(groupsOf(holder), groups);
  await driver.close();
  // eslint-disable-next-line no-restricted-syntax -- the keeper of this test's own folder
  process.kill(keeper, 'SIGTERM');
  if (process.geteuid?.() !== 0) {
    // An ordinary user may not leave for the top: then it goes when another one is made.
    for (const pid of [keeper, holder]) await untilEnded(pid);
    assert.equal(await (await keptTasks(t)).run('other', 'exit 0'), 0);
  }
  for (const group of groups) {
    await eventually(`${group} is gone`, () => !existsSync(group) || undefined);
  }
});

test('The group of a keeper that was killed is removed when another one is made.', {
  skip,
}, async (t) => {
  const folder = keeperFolder(t);
  const first = await keptTasks(t, folder);
  assert.equal(await first.run('short', 'exit 0'), 0);
  const [keeper, holder] = [only(keepersOf(folder)), only(holdersOf(folder))];
  const [group = ''] = groupsOf(keeper);
  // Both, so that no holder starts the next keeper where the last one was.
  killAll([holder, keeper]);
  const anotherKeeper = (): number | undefined => {
    const [one, ...more] = keepersOf(folder).filter((pid) => pid !== keeper);
    return more.length === 0 ? one : undefined;
  };
  await eventually('another keeper', anotherKeeper);
  await untilServed(folder);
  // One that has found the directory held is there for a moment.
  const next = await eventually('another keeper alone', anotherKeeper);
  const [nextGroup = ''] = groupsOf(next);
  assert.notEqual(nextGroup, group);
  assert.equal(dirname(nextGroup), dirname(group));
  // The next one may have come while those that were killed were still in it.
  for (const pid of [keeper, holder]) await untilEnded(pid);
  assert.equal(await (await keptTasks(t)).run('other', 'exit 0'), 0);
  assert.ok(!existsSync(group));
});
