// Limits on real groups of version 2 whose controllers are there: the hosts of today, and the guests of test/vm.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskLimits } from '../../src/cgroup/limits/task-limits.ts';
import type { TaskCgroup } from '../../src/cgroup/task-cgroup.ts';
import { spawn } from '../../src/process/spawn.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { groupsIn, makeTaskCgroups } from '../helpers/task-place.ts';
import { cgroupErrorOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

const mib = 1024 * 1024;

function fileOf(group: TaskCgroup, name: string): string {
  return readFileSync(join(group.paths.v2 ?? '', name), 'utf8').trim();
}

/** The limits of a controller, what its files say then, and after a change. */
const tables: readonly {
  readonly controller: string;
  readonly limits: TaskLimits;
  readonly files: Readonly<Record<string, string>>;
  readonly changes: TaskLimits;
  readonly changed: Readonly<Record<string, string>>;
}[] = [
  {
    controller: 'memory',
    limits: {
      memoryMaxBytes: 100 * mib + 5,
      memoryHighBytes: 80 * mib,
      memoryLowBytes: 50 * mib,
      swapMaxBytes: 0,
      memoryOomGroup: true,
    },
    files: {
      'memory.max': String(100 * mib),
      'memory.high': String(80 * mib),
      'memory.low': String(50 * mib),
      'memory.swap.max': '0',
      'memory.oom.group': '1',
    },
    changes: { memoryMaxBytes: 'max', memoryHighBytes: 'max', memoryOomGroup: false },
    changed: {
      'memory.max': 'max',
      'memory.high': 'max',
      'memory.low': String(50 * mib),
      'memory.oom.group': '0',
    },
  },
  {
    controller: 'cpu',
    limits: { cpuWeight: 200, cpuMaxCores: 0.25 },
    files: { 'cpu.weight': '200', 'cpu.max': '25000 100000' },
    changes: { cpuWeight: 50, cpuMaxCores: 'max' },
    changed: { 'cpu.weight': '50', 'cpu.max': 'max 100000' },
  },
  {
    controller: 'cpuset',
    limits: { cpusetCpus: '0', cpusetMems: '0' },
    files: { 'cpuset.cpus': '0', 'cpuset.mems': '0' },
    changes: { cpusetCpus: '0-1' },
    changed: { 'cpuset.cpus': '0-1', 'cpuset.mems': '0' },
  },
  {
    controller: 'pids',
    limits: { pidsMax: 7 },
    files: { 'pids.max': '7' },
    changes: { pidsMax: 'max' },
    changed: { 'pids.max': 'max' },
  },
];

for (const { controller, limits, files, changes, changed } of tables) {
  test(`Limits of the version 2 controller ${controller} hold from the first instruction, and are changed.`, async (t) => {
    const made = makeTaskCgroups(t, { v2Controllers: [controller] });
    if (made === undefined) return;
    const group = made.groups.open('task', limits);
    assert.deepEqual(group.notApplied, []);
    const child = spawn('sleep', ['1000'], { cgroup: group.spawnOption(), stdio: 'ignore' });
    cleanUp(t, () => child.kill('SIGKILL'));
    assert.equal(fileOf(group, 'cgroup.procs'), String(child.pid));
    for (const [name, value] of Object.entries(files)) assert.equal(fileOf(group, name), value);
    await group.update(changes);
    for (const [name, value] of Object.entries(changed)) assert.equal(fileOf(group, name), value);
    child.kill('SIGKILL');
    await child.exited;
    await group.remove();
  });
}

test('On version 2 pids.max holds: a task that wants more processes does not get them.', async (t) => {
  const made = makeTaskCgroups(t, { v2Controllers: ['pids'] });
  if (made === undefined) return;
  const group = made.groups.open('task', { pidsMax: 1 });
  const child = spawn('sh', ['-c', 'true & echo started'], {
    cgroup: group.spawnOption(),
    stdio: 'ignore',
  });
  assert.notEqual((await child.exited).code, 0);
  assert.match(fileOf(group, 'pids.events'), /^max [1-9]/m);
  await group.remove();
});

test('On version 2 cpu.max holds: a task that wants a whole CPU is held back.', async (t) => {
  const made = makeTaskCgroups(t, { v2Controllers: ['cpu'] });
  if (made === undefined) return;
  const group = made.groups.open('task', { cpuMaxCores: 0.05 });
  const child = spawn('sh', ['-c', 'while :; do :; done'], {
    cgroup: group.spawnOption(),
    stdio: 'ignore',
  });
  cleanUp(t, () => child.kill('SIGKILL'));
  await eventually('it was held back', () =>
    /^nr_throttled [1-9]/m.test(fileOf(group, 'cpu.stat')) ? true : undefined,
  );
  child.kill('SIGKILL');
  await child.exited;
  await group.remove();
});

test('On version 2 CPUs of one task alone leave the groups of the others, and come back with its end.', async (t) => {
  const made = makeTaskCgroups(t, { v2Controllers: ['cpuset'] }, { join: ['cpuset'] });
  if (made === undefined) return;
  const { groups, place } = made;
  const cpusOf = (group: TaskCgroup): string => fileOf(group, 'cpuset.cpus.effective');
  const all = readFileSync(join(place.parent.v2 ?? '', 'cpuset.cpus.effective'), 'utf8').trim();
  if (all !== '0-1') {
    t.skip(`this needs the CPUs 0 and 1, and has ${all}`);
    return;
  }
  const before = groups.open('before');
  const own = groups.open('own', { cores: 1 });
  const after = groups.open('after');
  assert.deepEqual([before, own, after].map(cpusOf), ['1', '0', '1']);
  const error = cgroupErrorOf(() => groups.open('second', { cores: 1 }));
  assert.equal(error.code, 'ERR_CORES_TAKEN');
  await own.remove();
  assert.deepEqual([before, after].map(cpusOf), ['0-1', '0-1']);
  await Promise.all([before, after].map((group) => group.remove()));
});

test('On version 2 a limit that the host lacks or the kernel refuses is an error, and nothing is left.', (t) => {
  const made = makeTaskCgroups(t, { v2Controllers: ['cpuset'] }, { poolSize: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  const missing = cgroupErrorOf(() => groups.open('task', { memoryMaxBytes: mib }));
  assert.equal(missing.code, 'ERR_LIMIT_UNSUPPORTED');
  assert.equal(missing.option, 'memoryMaxBytes');
  const refused = cgroupErrorOf(() => groups.open('task', { cpusetCpus: '4000' }));
  assert.equal(refused.code, 'ERR_LIMIT_REFUSED');
  assert.equal(refused.errno, 34);
  assert.match(refused.path ?? '', /\/cpuset\.cpus$/);
  assert.deepEqual(groupsIn(place.parent.v2), []);
  assert.ok(existsSync(place.parent.v2 ?? ''));
});
