// Groups of commands beside tasks: made below the tasks' own, in one hierarchy, and removed.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nextGroupName } from '../../src/cgroup/group-name.ts';
import { makeSessionPlace, removeSessionPlace } from '../../src/cgroup/session-place.ts';
import type { TaskCgroup } from '../../src/cgroup/task-cgroup.ts';
import { run } from '../../src/process/run.ts';
import type { CgroupPaths } from '../../src/process/spawn-options.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { makeTaskCgroups, type PlaceWish } from '../helpers/task-place.ts';

guardAgainstLeaks();

const ownName = /^x-\d+\.\d+$/;

/** A task in all hierarchies of the place; limits put it into those of version 1. */
function groupIn(t: TestContext, wish: PlaceWish): TaskCgroup | undefined {
  const made = makeTaskCgroups(t, wish);
  const limits = {
    ...(wish.v1?.includes('pids') === true && { pidsMax: 100 }),
    ...(wish.v1?.includes('memory') === true && { memoryMaxBytes: 64 * 1024 * 1024 }),
  };
  return made?.groups.open('alloc/web', limits);
}

async function groupsOf(cgroup: CgroupPaths): Promise<string> {
  const { stdout } = await run('cat', ['/proc/self/cgroup'], { cgroup });
  return stdout;
}

test('In version 2 a command is directly below its task, and in the version 1 groups of the task.', async (t) => {
  const group = groupIn(t, { v1: ['pids'] });
  if (group?.paths.v2 === undefined) return;
  const place = makeSessionPlace(group);
  assert.equal(dirname(place.v2 ?? ''), group.paths.v2);
  assert.match(basename(place.v2 ?? ''), ownName);
  assert.deepEqual(place.v1, []);
  const groups = await groupsOf(place.cgroup);
  assert.match(groups, /^0::.*\/x-[\d.]+$/m);
  assert.doesNotMatch(groups, /:pids:.*\/x-/);
  removeSessionPlace(place);
  assert.ok(!existsSync(place.v2 ?? ''));
  await group.remove();
});

test('On version 1 alone a command is below its task in one hierarchy, the freezer first.', async (t) => {
  for (const [v1, chosen] of [
    [['pids', 'freezer'], 'freezer'],
    [['memory', 'pids'], 'pids'],
  ] as const) {
    const group = groupIn(t, { v2: false, v1 });
    if (group === undefined) return;
    const place = makeSessionPlace(group);
    assert.deepEqual(
      place.v1.map(({ controller }) => controller),
      [chosen],
    );
    const groups = await groupsOf(place.cgroup);
    for (const controller of v1) {
      const own = new RegExp(`:${controller}:.*/x-[\\d.]+$`, 'm');
      assert.equal(own.test(groups), controller === chosen, groups);
    }
    removeSessionPlace(place);
    await group.remove();
  }
});

test('A command whose task is in unfit hierarchies alone is in those of the task.', async (t) => {
  const group = groupIn(t, { v2: false, v1: ['memory'] });
  if (group === undefined) return;
  const place = makeSessionPlace(group);
  assert.deepEqual([place.v2, place.v1], [undefined, []]);
  assert.doesNotMatch(await groupsOf(place.cgroup), /\/x-/);
  removeSessionPlace(place);
  await group.remove();
});

test('No name is used again: what is removed late is nobody else’s.', async (t) => {
  const group = groupIn(t, {});
  if (group?.paths.v2 === undefined) return;
  const first = makeSessionPlace(group);
  removeSessionPlace(first);
  const second = makeSessionPlace(group);
  removeSessionPlace(first);
  assert.notEqual(second.v2, first.v2);
  assert.ok(existsSync(second.v2 ?? ''));
  removeSessionPlace(second);
  await group.remove();
});

test('What is taken is passed over, and what is gone or busy is left alone.', async (t) => {
  const group = groupIn(t, {});
  if (group?.paths.v2 === undefined) return;
  const serial = Number(nextGroupName().split('.')[1]);
  const names = [1, 2].map((more) => `x-${process.pid}.${serial + more}`);
  for (const name of names) mkdirSync(`${group.paths.v2}/${name}`);
  const place = makeSessionPlace(group);
  assert.ok(!names.includes(basename(place.v2 ?? '')));
  // A group with one below it is as busy as one with a process in it.
  mkdirSync(`${place.v2}/below`);
  removeSessionPlace(place);
  assert.ok(existsSync(place.v2 ?? ''));
  await group.remove();
  removeSessionPlace(place);
});

test('Below a group that is gone there is no place.', async (t) => {
  const group = groupIn(t, {});
  if (group === undefined) return;
  await group.remove();
  assert.throws(() => makeSessionPlace(group), {
    code: 'ERR_CGROUP',
    message: /^cannot make the cgroup .*\/x-[\d.]+: ENOENT/,
  });
});
