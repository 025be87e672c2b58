import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hierarchies } from '../../../src/cgroup/hierarchies.ts';
import { sharesOfWeight, weightOfShares } from '../../../src/cgroup/limits/cpu-weight.ts';
import { impliedLimits } from '../../../src/cgroup/limits/implied-limits.ts';
import { LimitPlanner } from '../../../src/cgroup/limits/plan-limits.ts';
import type { TaskLimits } from '../../../src/cgroup/limits/task-limits.ts';

const all: TaskLimits = {
  memoryMaxBytes: 1000,
  memoryHighBytes: 900,
  memoryLowBytes: 'max',
  swapMaxBytes: 24,
  memoryOomGroup: true,
  cpuWeight: 100,
  cpuMaxCores: 1.5,
  cpusetCpus: '0-1',
  cpusetMems: '0',
  pidsMax: 'max',
  ioWeight: 2000,
  ioMax: [{ device: '8:0', readBytesPerSecond: 5, writeOperationsPerSecond: 'max' }],
  hugetlbMaxBytes: { '2MB': 'max' },
};

const names = ['memory', 'cpu', 'cpuset', 'pids', 'hugetlb'];

function writesOf(planner: LimitPlanner, limits: TaskLimits): readonly string[] {
  return planner.plan({ limits }).writes.map(({ file, value, otherwise }) => {
    const instead = otherwise === undefined ? '' : ` | ${otherwise.file}=${otherwise.value}`;
    return `${file}=${value}${instead}`;
  });
}

test('On version 2 each limit goes into its file, in an order that the kernel takes.', () => {
  const place = { parent: { v2: '/v2', v1: [] }, controllers: [...names, 'io'] };
  const planner = new LimitPlanner(new Hierarchies(place));
  assert.deepEqual(writesOf(planner, all), [
    'memory.max=1000',
    'memory.high=900',
    'memory.low=max',
    'memory.swap.max=24',
    'memory.oom.group=1',
    'cpu.weight=100',
    'cpu.max=150000 100000',
    'cpuset.cpus=0-1',
    'cpuset.mems=0',
    'pids.max=max',
    'io.weight=default 2000 | io.bfq.weight=1000',
    'io.max=8:0 rbps=5 wiops=max',
    'hugetlb.2MB.max=max',
  ]);
  assert.deepEqual(planner.plan({ limits: all }).missing, []);
  assert.deepEqual(
    writesOf(planner, { cpuMaxCores: 'max', cpuShares: 500, memoryOomGroup: false }),
    ['memory.oom.group=0', 'cpu.weight=58', 'cpu.max=max 100000'],
  );
});

test('On version 1 each limit goes into its twin, and those without one are told of.', () => {
  const v1 = [...names, 'blkio'].map((controller) => ({ controller, directory: `/${controller}` }));
  const place = { parent: { v2: '/v2', v1 }, controllers: [...names, 'blkio'] };
  const planner = new LimitPlanner(new Hierarchies(place));
  assert.deepEqual(writesOf(planner, all), [
    'memory.limit_in_bytes=1000',
    'memory.soft_limit_in_bytes=-1',
    'memory.memsw.limit_in_bytes=1024',
    'cpu.shares=1024',
    'cpu.cfs_period_us=100000',
    'cpu.cfs_quota_us=150000',
    'cpuset.cpus=0-1',
    'cpuset.mems=0',
    'pids.max=max',
    'blkio.bfq.weight=1000 | blkio.weight=1000',
    'blkio.throttle.read_bps_device=8:0 5',
    'blkio.throttle.write_iops_device=8:0 0',
    'hugetlb.2MB.limit_in_bytes=-1',
  ]);
  assert.deepEqual(planner.plan({ limits: all }).missing, [
    {
      option: 'memoryHighBytes',
      reason: 'this host has the controller memory in version 1, which has no twin of memory.high',
    },
    {
      option: 'memoryOomGroup',
      reason:
        'this host has the controller memory in version 1, which has no twin of memory.oom.group',
    },
  ]);
  assert.deepEqual(planner.plan({ limits: { swapMaxBytes: 0 } }).missing, [
    {
      option: 'swapMaxBytes',
      reason: 'version 1 counts swap together with memory: give memoryMaxBytes too',
    },
  ]);
});

test('A limit whose controller task groups do not get is told of with the reason of the place.', () => {
  const place = {
    parent: { v2: '/v2', v1: [] },
    controllers: [],
    withheld: { memory: 'memory is not delegated to this user' },
  };
  const planner = new LimitPlanner(new Hierarchies(place));
  const { writes, missing } = planner.plan({ limits: { memoryMaxBytes: 5, pidsMax: 5 } });
  assert.deepEqual(writes, []);
  assert.deepEqual(missing, [
    { option: 'memoryMaxBytes', reason: 'memory is not delegated to this user' },
    { option: 'pidsMax', reason: 'task groups have no controller pids on this host' },
  ]);
});

test('Shares and weights lie on one curve through both ends and both defaults.', () => {
  const pairs: [number, number][] = [
    [2, 1],
    [1024, 100],
    [262_144, 10_000],
    [500, 58],
    [10, 4],
    [100_000, 4340],
  ];
  for (const [shares, weight] of pairs) assert.equal(weightOfShares(shares), weight, `${shares}`);
  assert.equal(weightOfShares(0), 1);
  assert.equal(weightOfShares(1e9), 10_000);
  assert.equal(sharesOfWeight(1), 2);
  assert.equal(sharesOfWeight(100), 1024);
  assert.equal(sharesOfWeight(10_000), 262_144);
  // No weight is lost on the way there and back, but where shares are coarser.
  for (let weight = 5; weight <= 10_000; weight += 7) {
    assert.ok(Math.abs(weightOfShares(sharesOfWeight(weight)) - weight) <= 1, `${weight}`);
  }
});

test('Memory of a job becomes hard and soft limits by the rule of memory_max.', () => {
  const mb = 1024 * 1024;
  assert.deepEqual(impliedLimits({ memoryMb: 10 }), { memoryMaxBytes: 10 * mb });
  assert.deepEqual(impliedLimits({ memoryMb: 10, memoryMaxMb: 30 }), {
    memoryMaxBytes: 30 * mb,
    memoryLowBytes: 10 * mb,
  });
  assert.deepEqual(impliedLimits({ memoryMb: 10, memoryMaxMb: -1 }), {
    memoryMaxBytes: 'max',
    memoryLowBytes: 10 * mb,
  });
  assert.deepEqual(impliedLimits({ cpu: 1, cores: 2 }), { cpuShares: 2, cores: 2 });
  assert.deepEqual(impliedLimits({ cpu: 300_000 }), { cpuShares: 262_144 });
  assert.deepEqual(impliedLimits({}), {});
});
