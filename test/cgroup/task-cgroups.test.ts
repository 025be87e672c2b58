// Groups of tasks from their making to their removal, on the hierarchies of this machine.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GroupMaker } from '../../src/cgroup/group-maker.ts';
import { GroupPool } from '../../src/cgroup/group-pool.ts';
import { GroupRemover } from '../../src/cgroup/group-remover.ts';
import type { TaskCgroup } from '../../src/cgroup/task-cgroup.ts';
import { TaskCgroups } from '../../src/cgroup/task-cgroups.ts';
import { KernelFeature } from '../../src/native/kernel.ts';
import { native } from '../../src/native.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { groupsIn, makePlace, makeTaskCgroups } from '../helpers/task-place.ts';

guardAgainstLeaks();

/** A program that ends with the test also when that fails. */
function startSleeper(t: TestContext, group: TaskCgroup): SpawnedProcess {
  const child = spawn('sleep', ['1000'], { cgroup: group.spawnOption(), stdio: 'ignore' });
  cleanUp(t, async () => {
    child.kill('SIGKILL');
    await child.exited;
  });
  return child;
}

test('A task runs in a group of its own from its first instruction, and the group goes when the task has ended.', async (t) => {
  const made = makeTaskCgroups(t);
  if (made === undefined) return;
  const group = made.groups.open('alloc/web');
  const child = spawn('cat', ['/proc/self/cgroup'], {
    cgroup: group.spawnOption(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (part: Buffer) => {
    text += part.toString();
  });
  const ended = new Promise((resolve) => child.stdout?.once('end', resolve));
  assert.equal((await child.exited).code, 0);
  await ended;
  assert.match(text, new RegExp(`^0::.*/${basename(group.paths.v2 ?? '')}$`, 'm'));
  await group.remove();
  assert.ok(!existsSync(group.paths.v2 ?? ''));
});

test('A task with limits is in the version 1 groups of their controllers, which are as it was asked.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['memory', 'cpu', 'pids'] });
  if (made === undefined) return;
  const group = made.groups.open('alloc/web', {
    memoryMaxBytes: 64 * 1024 * 1024 + 1,
    cpuShares: 500,
    pidsMax: 20,
  });
  const applied = Object.fromEntries(group.applied().map(({ option, value }) => [option, value]));
  assert.deepEqual(applied, { memoryMaxBytes: '67108864', cpuShares: '500', pidsMax: '20' });
  const child = startSleeper(t, group);
  for (const { controller, directory } of group.paths.v1) {
    const text = readFileSync(join(directory, 'cgroup.procs'), 'utf8');
    assert.equal(text, `${child.pid}\n`, controller);
  }
  child.kill('SIGKILL');
  await child.exited;
  await group.remove();
  assert.deepEqual(
    group.paths.v1.filter(({ directory }) => existsSync(directory)),
    [],
  );
});

test('A removal waits for the processes of the task, and takes the groups that it made.', async (t) => {
  for (const wish of [{}, { v2: false, v1: ['pids'] }]) {
    const made = makeTaskCgroups(t, wish, { join: wish.v1 ?? [] });
    if (made === undefined) return;
    const group = made.groups.open('nested');
    const directory = group.paths.v2 ?? group.paths.v1[0]?.directory ?? '';
    mkdirSync(join(directory, 'a/b'), { recursive: true });
    const inner = made.groups.open('inner');
    const child = startSleeper(t, group);
    let isRemoved = false;
    const removal = group.remove().then(() => {
      isRemoved = true;
    });
    await inner.remove();
    assert.equal(isRemoved, false);
    child.kill('SIGKILL');
    await child.exited;
    await removal;
    assert.ok(!existsSync(directory));
  }
});

test('A removal that waits in vain says so, and can be asked for again.', async (t) => {
  const made = makeTaskCgroups(t);
  if (made === undefined) return;
  const group = made.groups.open('busy');
  const child = startSleeper(t, group);
  await assert.rejects(group.remove({ timeoutMs: 1 }), {
    code: 'ERR_CGROUP_BUSY',
    path: group.paths.v2,
    message: /EBUSY .*Processes were in it for 1 ms: stop them first/,
  });
  child.kill('SIGKILL');
  await child.exited;
  await group.remove();
});

test('Groups of the pool are ready before they are needed, serve one task each, and go with a close.', async (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 4, refillBelow: 3 });
  if (made === undefined) return;
  const { groups, place } = made;
  await groups.fillPool();
  const ready = new Set(groupsIn(place.parent.v2));
  assert.equal(ready.size, 4);
  const first = groups.open('first');
  const second = groups.open('second');
  assert.ok(ready.has(basename(first.paths.v2 ?? '')));
  assert.ok(ready.has(basename(second.paths.v2 ?? '')));
  assert.notEqual(first.paths.v2, second.paths.v2);
  await eventually('the pool is full again', () =>
    groupsIn(place.parent.v2).length === 6 ? true : undefined,
  );
  await first.remove();
  await second.remove();
  await groups.close();
  assert.deepEqual(groupsIn(place.parent.v2), []);
  assert.throws(() => groups.open('third'), { code: 'ERR_CGROUP_CLOSED' });
});

test('Without version 2 a task without limits is in the freezer, or in whatever group there is.', async (t) => {
  for (const [v1, controller] of [
    [['pids', 'freezer'], 'freezer'],
    [['memory', 'pids'], 'memory'],
  ] as const) {
    const made = makeTaskCgroups(t, { v2: false, v1 });
    if (made === undefined) return;
    const group = made.groups.open('task');
    assert.deepEqual(
      group.paths.v1.map((path) => path.controller),
      [controller],
    );
    const child = spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' });
    assert.equal((await child.exited).code, 0);
    await group.remove();
  }
});

test('A kernel without CLONE_INTO_CGROUP starts into a group that is held, on either path.', async (t) => {
  const made = makeTaskCgroups(t);
  if (made === undefined) return;
  native.disableFeatures(KernelFeature.cloneIntoCgroup);
  cleanUp(t, () => native.disableFeatures(0));
  // The careful path is that of another user, which only root can take on.
  for (const user of process.getuid?.() === 0 ? [undefined, 65_534] : [undefined]) {
    const group: TaskCgroup = made.groups.open('task');
    const child: SpawnedProcess = spawn('sleep', ['1000'], {
      cgroup: group.spawnOption(),
      stdio: 'ignore',
      ...(user !== undefined && { user, group: user }),
    });
    const procs = readFileSync(join(group.paths.v2 ?? '', 'cgroup.procs'), 'utf8');
    child.kill('SIGKILL');
    await child.exited;
    assert.equal(procs, `${child.pid}\n`);
    await group.remove();
  }
});

test('Parents of several parts are made again from the first that is gone.', async (t) => {
  const made = makePlace(t, { v1: ['pids', 'cpuset'] });
  if (made === undefined) return;
  const below = (directory: string): string => join(directory, 'jobs/web');
  const directories = [made.parent.v2 ?? '', ...made.parent.v1.map((one) => one.directory)];
  const place = {
    ...made,
    parent: {
      v2: below(made.parent.v2 ?? ''),
      v1: made.parent.v1.map(({ controller, directory }) => ({
        controller,
        directory: below(directory),
      })),
    },
    groups: directories.flatMap((top) => [
      { directory: join(top, 'jobs') },
      { directory: below(top) },
    ]),
  };
  const groups = new TaskCgroups(place, { join: ['pids', 'cpuset'], poolSize: 0 });
  const group = groups.open('task');
  const child = spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' });
  assert.equal((await child.exited).code, 0);
  await group.remove();
  await groups.close();
});

test('A pool that cannot be filled is no failure: the start makes its group itself.', async (t) => {
  const made = makeTaskCgroups(t, {}, { poolSize: 0 });
  if (made === undefined) return;
  let asked = 0;
  class Unwilling extends GroupMaker {
    override makeLater(): Promise<never> {
      asked += 1;
      return Promise.reject(new Error('raw-exec could not start a thread'));
    }
  }
  const maker = new Unwilling(made.groups.hierarchies, undefined);
  const pool = new GroupPool(maker, new GroupRemover(), { size: 2, refillBelow: 2 });
  // The runner fails a test whose rejection nobody has handled.
  assert.equal(pool.take({ mask: 0, files: [] }), undefined);
  await eventually('the pool has tried', () => asked === 1 || undefined);
  await pool.fill({ mask: 0, files: [] });
  assert.equal(asked, 2);
  await pool.close();
});
