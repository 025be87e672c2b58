// Limits on real groups: what the kernel makes of them, refuses, and enforces.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TaskLimits } from '../../src/cgroup/limits/task-limits.ts';
import { SharedCores } from '../../src/cgroup/shared-cores.ts';
import type { TaskCgroup } from '../../src/cgroup/task-cgroup.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { groupsIn, makeTaskCgroups } from '../helpers/task-place.ts';
import { cgroupErrorOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

const mib = 1024 * 1024;

function appliedOf(group: TaskCgroup): readonly (string | undefined)[] {
  return group
    .applied()
    .map(({ file, value }) => `${file.slice(file.lastIndexOf('/') + 1)}=${value}`);
}

/** Starts a program in a group, which ends with the test also when that fails. */
function startIn(
  t: TestContext,
  group: TaskCgroup,
  command: string,
  args: readonly string[],
): SpawnedProcess {
  const child = spawn(command, args, { cgroup: group.spawnOption(), stdio: 'ignore', env: {} });
  cleanUp(t, async () => {
    child.kill('SIGKILL');
    await child.exited;
  });
  return child;
}

async function endAndRemove(group: TaskCgroup, child?: SpawnedProcess): Promise<void> {
  if (child !== undefined) {
    child.kill('SIGKILL');
    await child.exited;
  }
  await group.remove();
}

/** The limits of one controller, with what its files say then. */
const onVersion1: readonly { controller: string; limits: TaskLimits; reads: readonly string[] }[] =
  [
    {
      controller: 'memory',
      limits: { memoryMaxBytes: 100 * mib + 5, memoryLowBytes: 50 * mib, swapMaxBytes: 0 },
      reads: [
        `memory.limit_in_bytes=${100 * mib}`,
        `memory.soft_limit_in_bytes=${50 * mib}`,
        `memory.memsw.limit_in_bytes=${100 * mib}`,
      ],
    },
    {
      controller: 'cpu',
      limits: { cpuWeight: 200, cpuMaxCores: 0.25 },
      reads: ['cpu.shares=2452', 'cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=25000'],
    },
    {
      controller: 'cpuset',
      limits: { cpusetCpus: '0', cpusetMems: '0' },
      reads: ['cpuset.cpus=0', 'cpuset.mems=0'],
    },
    { controller: 'pids', limits: { pidsMax: 7 }, reads: ['pids.max=7'] },
  ];

for (const { controller, limits, reads } of onVersion1) {
  test(`Limits of the version 1 controller ${controller} are applied and read back.`, async (t) => {
    const made = makeTaskCgroups(t, { v2: false, v1: [controller] });
    if (made === undefined) return;
    const group = made.groups.open('task', limits);
    assert.deepEqual(appliedOf(group), reads);
    assert.deepEqual(group.notApplied, []);
    const child = spawn('true', [], { cgroup: group.spawnOption(), stdio: 'ignore' });
    assert.equal((await child.exited).code, 0);
    await group.remove();
  });
}

test('Limits of version 2 are applied and read back.', async (t) => {
  const made = makeTaskCgroups(t, { v2Controllers: ['hugetlb'] });
  if (made === undefined) return;
  // Not every processor has the larger ones.
  const hasGiant = existsSync('/sys/kernel/mm/hugepages/hugepages-1048576kB');
  const giant = hasGiant ? ({ '1GB': 'max' } as const) : {};
  const group = made.groups.open('task', { hugetlbMaxBytes: { '2MB': 5 * mib, ...giant } });
  assert.deepEqual(appliedOf(group), [
    `hugetlb.2MB.max=${4 * mib}`,
    ...(hasGiant ? ['hugetlb.1GB.max=max'] : []),
  ]);
  await group.update({ hugetlbMaxBytes: { '2MB': 0 } });
  assert.deepEqual(appliedOf(group), ['hugetlb.2MB.max=0']);
  await group.remove();
});

test('Limits of a block device are applied on version 1.', async (t) => {
  const made = makeTaskCgroups(t, { v2: false, v1: ['blkio'] });
  if (made === undefined) return;
  const disk = wholeDisk(t);
  if (disk === undefined) return;
  const group = made.groups.open('task', {
    ioMax: [{ device: disk, readBytesPerSecond: mib, writeOperationsPerSecond: 20 }],
  });
  assert.deepEqual(appliedOf(group), [
    `blkio.throttle.read_bps_device=${disk} ${mib}`,
    `blkio.throttle.write_iops_device=${disk} 20`,
  ]);
  await group.remove();
});

function wholeDisk(t: TestContext): string | undefined {
  const disk = /^ *(?<major>\d+) +(?<minor>\d+) +\d+ [sv]d[a-z]$/m.exec(
    readFileSync('/proc/partitions', 'utf8'),
  );
  if (disk?.groups === undefined) {
    t.skip('this host has no disk called sda or vda');
    return undefined;
  }
  return `${disk.groups['major']}:${disk.groups['minor']}`;
}

test('A limit that the host does not have is an error when it was asked for, and nothing is left.', (t) => {
  const made = makeTaskCgroups(t, { v1: ['memory'] }, { poolSize: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  for (const [limits, option, reason] of [
    [{ memoryHighBytes: mib }, 'memoryHighBytes', /has no twin of memory\.high/],
    [{ ioWeight: 5 }, 'ioWeight', /task groups have no controller io on this host/],
    [{ cores: 1 }, 'cores', /task groups have no controller cpuset on this host/],
  ] as const) {
    const error = cgroupErrorOf(() => groups.open('task', limits));
    assert.equal(error.code, 'ERR_LIMIT_UNSUPPORTED');
    assert.equal(error.option, option);
    assert.match(error.message, reason);
  }
  assert.deepEqual(groupsIn(place.parent.v2), []);
});

test('A limit that the kernel refuses is an error with its file, value and errno, and nothing is left.', (t) => {
  const made = makeTaskCgroups(t, { v1: ['cpuset', 'blkio'] }, { poolSize: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  const [cpuset, blkio] = place.parent.v1;
  const error = cgroupErrorOf(() => groups.open('task', { cpusetCpus: '4000' }));
  assert.equal(error.code, 'ERR_LIMIT_REFUSED');
  assert.equal(error.option, 'cpusetCpus');
  assert.equal(error.value, '4000');
  assert.equal(error.errno, 34);
  assert.match(error.path ?? '', new RegExp(`^${cpuset?.directory}/\\d+\\.\\d+/cpuset\\.cpus$`));
  assert.match(
    error.message,
    /^cannot apply the limit "cpusetCpus": writing "4000" to \S+ failed with ERANGE \(.+\)\. All of them must be there/,
  );
  const io = { ioMax: [{ device: '4000:0', readBytesPerSecond: 5 }] };
  const noDevice = cgroupErrorOf(() => groups.open('task', io));
  assert.equal(noDevice.errno, 19);
  for (const directory of [place.parent.v2, cpuset?.directory, blkio?.directory]) {
    assert.deepEqual(groupsIn(directory), []);
  }
});

test('A limit that was only implied is told of, and the others are applied.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['memory', 'cpuset'] });
  if (made === undefined) return;
  const asked = { memoryMaxBytes: 64 * mib };
  const implied = {
    memoryMaxBytes: 8 * mib,
    cpuShares: 500,
    cpusetCpus: '4000',
    memoryLowBytes: mib,
  };
  const group = made.groups.open('task', asked, implied);
  assert.deepEqual(appliedOf(group), [
    `memory.limit_in_bytes=${64 * mib}`,
    `memory.soft_limit_in_bytes=${mib}`,
  ]);
  const [missing, refused, ...others] = group.notApplied;
  assert.deepEqual(missing, {
    option: 'cpuShares',
    reason: 'task groups have no controller cpu on this host',
  });
  assert.equal(refused?.option, 'cpusetCpus');
  assert.equal(refused.value, '4000');
  assert.equal(refused.errno, 34);
  assert.match(refused.reason, /^ERANGE /);
  assert.deepEqual(others, []);
  await group.remove();
});

test('Limits of a running task are changed either way, swap together with memory.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['memory', 'pids'] });
  if (made === undefined) return;
  const group = made.groups.open('task', { memoryMaxBytes: 32 * mib, swapMaxBytes: 0 });
  const child = startIn(t, group, '/bin/sleep', ['1000']);
  await group.update({ memoryMaxBytes: 64 * mib });
  const reads = (bytes: number): string[] => [
    `memory.limit_in_bytes=${bytes}`,
    `memory.memsw.limit_in_bytes=${bytes}`,
  ];
  assert.deepEqual(appliedOf(group), reads(64 * mib));
  const refuse = ({ limits }: { readonly limits: object }): never => {
    throw new Error(JSON.stringify(limits));
  };
  await assert.rejects(group.update({ memoryMaxBytes: 32 * mib }, refuse), {
    message: JSON.stringify({ memoryMaxBytes: 32 * mib, swapMaxBytes: 0 }),
  });
  assert.deepEqual(appliedOf(group), reads(64 * mib), 'refused before anything was written');
  await group.update({ memoryMaxBytes: 16 * mib });
  assert.deepEqual(appliedOf(group), reads(16 * mib));
  assert.deepEqual(group.limits, { memoryMaxBytes: 16 * mib, swapMaxBytes: 0 });
  await assert.rejects(group.update({ pidsMax: 5 }), {
    code: 'ERR_LIMIT_UNSUPPORTED',
    option: 'pidsMax',
    message: /the task was started outside \S*pids\S*, and is not moved/,
  });
  await assert.rejects(group.update({ memoryHighBytes: 5 }), { code: 'ERR_LIMIT_UNSUPPORTED' });
  await assert.rejects(group.update({ memoryMaxBytes: -1 }), { code: 'ERR_INVALID_LIMITS' });
  assert.deepEqual(appliedOf(group), reads(16 * mib));
  await endAndRemove(group, child);
  await assert.rejects(group.update({ memoryMaxBytes: mib }), { code: 'ERR_CGROUP_CLOSED' });
  assert.throws(() => group.spawnOption(), { code: 'ERR_CGROUP_CLOSED' });
});

test('Lowering memory below what cannot be reclaimed is refused, and the limit stays as it was.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['memory'] });
  if (made === undefined) return;
  const group = made.groups.open('task', { memoryMaxBytes: 256 * mib, swapMaxBytes: 0 });
  const [memory] = group.paths.v1;
  const hold = `const b = Buffer.alloc(${96 * mib}, 1); setInterval(() => b.fill(1), 1e6);`;
  const child = startIn(t, group, process.execPath, ['-e', hold]);
  const usage = join(memory?.directory ?? '', 'memory.usage_in_bytes');
  await eventually('the memory is held', () =>
    Number(readFileSync(usage, 'utf8')) > 100 * mib ? true : undefined,
  );
  await assert.rejects(group.update({ memoryMaxBytes: 8 * mib }), {
    code: 'ERR_LIMIT_REFUSED',
    errno: 16,
    message: /EBUSY .*What the group uses now cannot be brought below this value/,
  });
  // Memory with swap was lifted for the change, and must not stay so.
  assert.deepEqual(
    group.applied().map(({ value }) => value),
    [String(256 * mib), String(256 * mib)],
  );
  await endAndRemove(group, child);
});

test('pids.max holds: a task that wants more processes does not get them.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['pids'] });
  if (made === undefined) return;
  const group = made.groups.open('task', { pidsMax: 1 });
  const child = spawn('sh', ['-c', 'true & echo started'], {
    cgroup: group.spawnOption(),
    stdio: 'ignore',
  });
  assert.notEqual((await child.exited).code, 0);
  const [pids] = group.paths.v1;
  assert.match(readFileSync(join(pids?.directory ?? '', 'pids.events'), 'utf8'), /^max [1-9]/m);
  await group.remove();
});

test('CPUs of one task alone leave the groups of the others, and come back with its end.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['cpuset'] }, { join: ['cpuset'] });
  if (made === undefined) return;
  const { groups, place } = made;
  const cpusOf = (group: TaskCgroup): string =>
    readFileSync(join(group.paths.v1[0]?.directory ?? '', 'cpuset.cpus'), 'utf8').trim();
  const parentFile = join(place.parent.v1[0]?.directory ?? '', 'cpuset.cpus');
  if (readFileSync(parentFile, 'utf8').trim() !== '0-1') {
    t.skip('this host has other CPUs than 0 and 1');
    return;
  }
  const before = groups.open('before');
  const own = groups.open('own', { cores: 1 });
  const after = groups.open('after');
  assert.deepEqual([before, own, after].map(cpusOf), ['1', '0', '1']);
  const pinned = groups.open('pinned', { cpusetCpus: '0-1' });
  assert.equal(cpusOf(pinned), '0-1');
  const error = cgroupErrorOf(() => groups.open('second', { cores: 1 }));
  assert.equal(error.code, 'ERR_CORES_TAKEN');
  assert.match(error.message, /cannot give a task 1 CPUs of its own: 0 are free/);
  await own.remove();
  assert.deepEqual([before, after].map(cpusOf), ['0-1', '0-1']);
  await Promise.all([before, after, pinned].map((group) => group.remove()));
});

test('A task that cannot be moved off CPUs fails the start of the one that wants them for itself, and all keep theirs.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['cpuset'] }, { join: ['cpuset'] });
  if (made === undefined) return;
  const { groups, place } = made;
  const before = groups.open('before');
  const directory = before.paths.v1[0]?.directory ?? '';
  const all = readFileSync(join(directory, 'cpuset.cpus'), 'utf8');
  if (!all.includes('0-')) {
    t.skip('this host has too few CPUs');
    return;
  }
  // Version 1 does not take CPUs from a group that a group below it has them from.
  mkdirSync(join(directory, 'below'));
  writeFileSync(join(directory, 'below/cpuset.cpus'), all);
  const error = cgroupErrorOf(() => groups.open('own', { cores: 1 }));
  assert.equal(error.code, 'ERR_LIMIT_REFUSED');
  assert.equal(error.errno, 16);
  assert.equal(error.path, join(directory, 'cpuset.cpus'));
  assert.match(error.message, /^cannot give a task CPUs of its own: .*EBUSY .*leave "cores" out$/);
  assert.deepEqual(groupsIn(place.parent.v1[0]?.directory).length, 1);
  rmdirSync(join(directory, 'below'));
  const own = groups.open('own', { cores: 1 });
  assert.equal(own.applied()[0]?.value, '0');
  await Promise.all([before, own].map((group) => group.remove()));
});

test('CPUs that a running task was given by a change stay when others are reserved.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['cpuset'] }, { join: ['cpuset'] });
  if (made === undefined) return;
  const { groups } = made;
  const pinned = groups.open('pinned');
  const file = join(pinned.paths.v1[0]?.directory ?? '', 'cpuset.cpus');
  if (!readFileSync(file, 'utf8').startsWith('0-')) {
    t.skip('this host has too few CPUs');
    return;
  }
  await pinned.update({ cpusetCpus: '0' });
  const own = groups.open('own', { cores: 1 });
  assert.equal(readFileSync(file, 'utf8').trim(), '0');
  await assert.rejects(own.update({ cpusetCpus: '0' }), {
    code: 'ERR_LIMIT_UNSUPPORTED',
    option: 'cpusetCpus',
    message: /the task has CPUs of its own \("cores"\), until it ends/,
  });
  await Promise.all([pinned, own].map((group) => group.remove()));
});

test('Two changes at once are both remembered.', async (t) => {
  const made = makeTaskCgroups(t, { v1: ['memory', 'pids'] });
  if (made === undefined) return;
  const group = made.groups.open('task', { memoryMaxBytes: 32 * mib, pidsMax: 10 });
  await Promise.all([group.update({ memoryMaxBytes: 64 * mib }), group.update({ pidsMax: 20 })]);
  assert.deepEqual(group.limits, { memoryMaxBytes: 64 * mib, pidsMax: 20 });
  await group.remove();
});

test('CPUs are not taken from an error number when the parent is gone.', (t) => {
  const made = makeTaskCgroups(t, { v1: ['cpuset'] }, { poolSize: 0 });
  if (made === undefined) return;
  const { directory = '' } = made.place.parent.v1[0] ?? {};
  rmdirSync(directory);
  const cores = new SharedCores(made.groups.hierarchies);
  const error = cgroupErrorOf(() => cores.reserve('group', 1));
  assert.equal(error.code, 'ERR_CGROUP');
  assert.match(error.message, /^cannot find out which CPUs there are .*ENOENT/);
});

test('A parent that hands a controller down no more is told of with the file.', (t) => {
  const made = makeTaskCgroups(t, { v2Controllers: ['hugetlb'] }, { poolSize: 0 });
  if (made === undefined) return;
  const { groups, place } = made;
  writeFileSync(join(place.parent.v2 ?? '', 'cgroup.subtree_control'), '-hugetlb');
  const error = cgroupErrorOf(() => groups.open('task', { hugetlbMaxBytes: { '2MB': 0 } }));
  assert.equal(error.code, 'ERR_LIMIT_REFUSED');
  assert.equal(error.errno, 2);
  assert.match(error.message, /The group has no hugetlb\.2MB\.max: the group above does not hand/);
  assert.deepEqual(groupsIn(place.parent.v2), []);
});
