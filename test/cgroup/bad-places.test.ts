// Places that do not take groups, and groups that do not take tasks: each gives its own error, and nothing is left.

import assert from 'node:assert/strict';
import { readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskCgroups } from '../../src/cgroup/task-cgroups.ts';
import { spawn } from '../../src/process/spawn.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { compiledProgram } from '../helpers/library.ts';
import { groupsIn, makePlace, makeTaskCgroups } from '../helpers/task-place.ts';
import { cgroupErrorOf, spawnErrorOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

test('A parent that may have no more groups is full.', (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  writeFileSync(join(place.parent.v2 ?? '', 'cgroup.max.descendants'), '0');
  const error = cgroupErrorOf(() => groups.open('task'));
  assert.equal(error.code, 'ERR_CGROUP_FULL');
  assert.equal(error.errno, 11);
  assert.match(error.message, /^cannot make the cgroup \S+: EAGAIN .*cgroup\.max\.descendants or/);
  assert.deepEqual(groupsIn(place.parent.v2), []);
});

test('A pool whose place is full leaves the reason to the start that finds nothing ready.', async (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 4 });
  if (made === undefined) return;
  const { groups, place } = made;
  writeFileSync(join(place.parent.v2 ?? '', 'cgroup.max.descendants'), '2');
  await groups.fillPool();
  const opened = [groups.open('one'), groups.open('two')];
  assert.equal(cgroupErrorOf(() => groups.open('three')).code, 'ERR_CGROUP_FULL');
  await Promise.all(opened.map((group) => group.remove()));
});

test('A parent in a threaded domain takes groups, but these take no tasks.', async (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  if (process.getuid?.() !== 0) {
    t.skip('only the top of a hierarchy has controllers on and threaded groups below it');
    return;
  }
  writeFileSync(join(place.parent.v2 ?? '', 'cgroup.type'), 'threaded');
  const group = groups.open('task');
  const error = spawnErrorOf(() =>
    spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' }),
  );
  assert.equal(error.code, 'ERR_CGROUP');
  assert.equal(error.path, group.paths.v2);
  assert.match(error.message, /ENOTSUP .*invalid or threaded domain/);
  await group.remove();
});

test('A group that is frozen, or below one, starts nothing.', async (t) => {
  const made = makeTaskCgroups(t);
  if (made === undefined) return;
  const { groups, place } = made;
  await groups.fillPool();
  const parent = place.parent.v2 ?? '';
  writeFileSync(join(parent, 'cgroup.freeze'), '1');
  const below = groups.open('below');
  const start = (): unknown => spawn('true', [], { cgroup: below.spawnOption(), stdio: 'ignore' });
  for (const attempt of ['by descriptor', 'by path']) {
    const error = spawnErrorOf(start);
    assert.equal(error.code, 'ERR_CGROUP_FROZEN', attempt);
    assert.equal(error.path, below.paths.v2);
  }
  writeFileSync(join(parent, 'cgroup.freeze'), '0');
  assert.equal((await spawn('true', [], { cgroup: below.spawnOption() }).exited).code, 0);
  await below.remove();
});

test('A group that somebody has removed starts nothing; a removed one of the pool is passed over.', async (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 2, refillBelow: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  const parent = place.parent.v2 ?? '';
  await groups.fillPool();
  for (const name of groupsIn(parent)) rmdirSync(join(parent, name));
  const group = groups.open('task');
  assert.deepEqual(groupsIn(parent), [group.paths.v2?.split('/').at(-1)]);
  rmdirSync(group.paths.v2 ?? '');
  for (const attempt of ['by descriptor', 'by path']) {
    const error = spawnErrorOf(() =>
      spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' }),
    );
    assert.equal(error.code, 'ERR_CGROUP', attempt);
  }
  await group.remove();
});

test('Parents that somebody has removed because they were empty are made again.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['cpuset', 'memory'] }, { join: ['cpuset'] });
  if (made === undefined) return;
  const { groups, place } = made;
  const parents = [place.parent.v2 ?? '', ...place.parent.v1.map(({ directory }) => directory)];
  for (const parent of parents) rmdirSync(parent);
  const group = groups.open('task', { memoryMaxBytes: 64 * 1024 * 1024 });
  const child = spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' });
  assert.equal((await child.exited).code, 0);
  await group.remove();
});

test('A parent of ours that another supervisor is just making gets its CPUs from whoever needs them first.', async (t) => {
  const place = makePlace(t, { v1: ['cpuset'] });
  if (place === undefined) return;
  const directory = place.parent.v1[0]?.directory ?? '';
  writeFileSync(join(directory, 'cpuset.cpus'), '\n');
  const groups = new TaskCgroups(
    { ...place, groups: [{ directory, isOurs: true }] },
    { join: ['cpuset'], poolSize: 0 },
  );
  cleanUp(t, () => groups.close());
  const group = groups.open('task');
  const child = spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' });
  assert.equal((await child.exited).code, 0);
  await group.remove();
});

test('A parent without CPUs, one that is no cgroup, and one that cannot be made, are told of.', (t) => {
  const place = makePlace(t, { v2: false, v1: ['cpuset'] });
  if (place === undefined) return;
  const directory = place.parent.v1[0]?.directory ?? '';
  writeFileSync(join(directory, 'cpuset.cpus'), '\n');
  const noCpus = new TaskCgroups(place, { join: ['cpuset'], poolSize: 0 });
  assert.throws(() => noCpus.open('task'), {
    code: 'ERR_CGROUP',
    message: /^cannot make a cpuset: nothing is there for \S+cpuset\.cpus, as the same file/,
  });
  assert.deepEqual(groupsIn(directory), []);

  const nowhere = new TaskCgroups(
    { parent: { v2: '/proc/raw-exec-none', v1: [] }, controllers: [] },
    { poolSize: 0 },
  );
  assert.throws(() => nowhere.open('task'), { code: 'ERR_CGROUP', path: '/proc/raw-exec-none' });
  assert.throws(() => new TaskCgroups(place, { join: ['memory'] }), {
    code: 'ERR_CGROUP',
    message:
      'tasks cannot join the controller memory: task groups have no controller memory on this host',
  });
});

test('A cgroup file system that is mounted read-only is told of.', async (t) => {
  const place = makePlace(t);
  if (place === undefined) return;
  const program = compiledProgram('read-only-program');
  const parent = place.parent.v2 ?? '';
  const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$3" "$1"';
  const child = spawn(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', parent, process.execPath, program],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part: Buffer) => {
      text += part.toString();
    });
  }
  const { code } = await child.exited;
  if (code === 1 && /unshare|mount:/.test(text)) {
    t.skip(`this process cannot mount: ${text}`);
    return;
  }
  await eventually('the report', () => (text.includes('\n') ? true : undefined));
  assert.match(text, /^ERR_CGROUP 30 cannot make the cgroup \S+: EROFS .*mounted read-only here/);
});

test('An id of a task that cannot be kept is refused.', (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 0 });
  if (made === undefined) return;
  for (const id of ['', 'a\0b', 'x'.repeat(4097)]) {
    assert.throws(() => made.groups.open(id), { code: 'ERR_INVALID_ARGUMENT' });
  }
  assert.deepEqual(groupsIn(made.place.parent.v2), []);
});

test('The id of a task is with its group, in full.', async (t) => {
  const made = makeTaskCgroups(t);
  if (made === undefined) return;
  const id = `alloc/${'ü'.repeat(2000)}`;
  const group = made.groups.open(id);
  const { native } = await import('../../src/native.ts');
  const list = await native.groupList(made.place.parent.v2 ?? '');
  assert.ok(Array.isArray(list));
  const at = list.indexOf(group.paths.v2?.split('/').at(-1) ?? '');
  assert.equal(list[at + 2], id);
  const stat = readFileSync('/proc/self/stat', 'utf8').split(' ');
  assert.match(
    list[at + 1] ?? '',
    new RegExp(`^${process.pid} ${stat[21]} [-0-9a-f]{36} pid:\\[\\d+\\]$`),
  );
  await group.remove();
});
