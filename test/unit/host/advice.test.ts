import assert from 'node:assert/strict';
import test from 'node:test';
import { readHostLayout } from '../../../src/cgroup/host-layout.ts';
import { adviceFor, isAtLeast } from '../../../src/host/advice.ts';
import type { HostReport } from '../../../src/host/host-report.ts';
import { featureReport } from '../../../src/host/kernel-features.ts';
import { otherHost } from '../../helpers/other-host.ts';

type Facts = Omit<HostReport, 'advice'>;

const mountinfo = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';

/** A host that lacks nothing, but for what a test changes. */
function facts(changes: Partial<Facts> = {}): Facts {
  const files = otherHost({
    files: { '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': '0::/\n' },
  });
  return {
    kernel: { release: '6.12.48+deb13-amd64', machine: 'x86_64' },
    node: '20.19.0',
    user: { uid: 0, name: 'root' },
    containment: {
      level: 'cgroup-v2',
      guarantee: '',
      parents: ['/sys/fs/cgroup/raw-exec.slice'],
      controllers: ['cpu', 'memory'],
      withheld: {},
    },
    cgroups: readHostLayout({ files, euid: 0 }),
    features: [featureReport('clone3', 'present')],
    limits: [{ name: 'open files', limit: 1_048_576, hard: 1_048_576, source: 'RLIMIT_NOFILE' }],
    ...changes,
  };
}

test('Where nothing is missing there is no advice.', () => {
  assert.deepEqual(adviceFor(facts()), []);
});

test('A host without groups is told the reason first.', () => {
  const containment = { ...facts().containment, parents: [], controllers: [], reason: 'why. What' };
  assert.equal(adviceFor(facts({ containment }))[0], 'No groups for tasks: why. What');
});

test('Controllers that are withheld for one reason share a line.', () => {
  const withheld = { io: 'off', cpuset: 'off', hugetlb: 'else' };
  const containment = { ...facts().containment, withheld };
  assert.deepEqual(adviceFor(facts({ containment })), [
    'No limits by io, cpuset: off',
    'No limits by hugetlb: else',
  ]);
});

test('Few open files and few processes are told with the setting that raises them.', () => {
  const limits = [
    { name: 'open files', limit: 1024, hard: 4096, source: 'RLIMIT_NOFILE' },
    { name: 'processes of this user', limit: 100, source: 'RLIMIT_NPROC' },
    { name: 'processes of our cgroup', limit: 64, source: '/sys/fs/cgroup/a/pids.max' },
  ];
  const advice = adviceFor(facts({ limits }));
  assert.equal(advice.length, 3);
  assert.match(advice[0] ?? '', /^Only 1024 open files: .*LimitNOFILE=/);
  assert.match(advice[1] ?? '', /^Only 100 processes for this user: .*LimitNPROC=/);
  assert.match(
    advice[2] ?? '',
    /^Only 64 processes in \/sys\/fs\/cgroup\/a\/pids\.max: .*TasksMax=/,
  );
});

test('No limit is not a low one.', () => {
  const limits = [{ name: 'open files', limit: null, source: 'RLIMIT_NOFILE' }];
  assert.deepEqual(adviceFor(facts({ limits })), []);
});

test('A feature that a later kernel has is told with its version, one that this kernel should have with the likely cause.', () => {
  const features = [
    featureReport('PIDFD_INFO_EXIT', 'absent'),
    featureReport('clone3', 'absent'),
    featureReport('pressure (PSI)', 'absent'),
    featureReport('memory.peak', 'unknown'),
  ];
  assert.deepEqual(adviceFor(facts({ features })), [
    'No PIDFD_INFO_EXIT: Linux 6.15 has it. Until then the status is told as unknown',
    'No clone3, though Linux has it since 5.3: a sandbox around this process refuses it, or the kernel was built ' +
      'without it. Until then clone(2), and the child does the rest',
    'No pressure (PSI), though Linux has it since 4.20: boot with psi=1. Until then statistics have no pressure',
  ]);
});

test('An ordinary user is told what other users need.', () => {
  assert.match(adviceFor(facts({ user: { uid: 7 } }))[0] ?? '', /CAP_SETUID/);
});

test('Versions are compared as numbers.', () => {
  assert.ok(isAtLeast('5.10.0-30-amd64', '5.9'));
  assert.ok(isAtLeast('6.1.0', '5.14'));
  assert.ok(isAtLeast('6.12-rc1', '6.12'));
  assert.ok(!isAtLeast('5.9.1', '5.10'));
  assert.ok(!isAtLeast('4.19.0', '5.3'));
});
