import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import test from 'node:test';
import { type HostLayout, readHostLayout } from '../../src/cgroup/host-layout.ts';
import { type OtherHost, otherHost } from '../helpers/other-host.ts';

const pureMount =
  '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n';

const hybridMounts = `31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
32 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
`;

function layoutOf(host: OtherHost, euid = 0): HostLayout {
  return readHostLayout({ files: otherHost(host), euid });
}

function pureHost(ownPath: string, rest: Omit<OtherHost, 'files'> = {}): OtherHost {
  const files = {
    '/proc/self/mountinfo': pureMount,
    '/proc/self/cgroup': `0::${ownPath}\n`,
    '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory hugetlb pids\n',
    '/sys/fs/cgroup/cgroup.subtree_control': 'cpu memory pids\n',
  };
  return { files, ...rest };
}

test('On a host with version 2 alone, controllers and what the top hands out are told.', () => {
  const layout = layoutOf(pureHost('/system.slice/agent.service'));
  assert.equal(layout.mode, 'v2');
  assert.deepEqual(layout.v2, {
    mount: '/sys/fs/cgroup',
    root: '/',
    controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'],
    isReadOnly: false,
    enabled: ['cpu', 'memory', 'pids'],
  });
  assert.deepEqual(layout.v1, []);
  assert.equal(layout.controllers['io'], 'v2');
  assert.deepEqual(layout.ownGroup, { v2: '/system.slice/agent.service', v1: {} });
  assert.deepEqual(layout.remarks, []);
});

test('On a hybrid host each controller is in the version that has it, and our group in each hierarchy is told.', () => {
  const layout = layoutOf({
    files: {
      '/proc/self/mountinfo': hybridMounts,
      '/proc/self/cgroup':
        '4:memory:/a\n3:cpu,cpuacct:/b\n1:name=systemd:/user.slice/c\n0::/user.slice/c\n',
      '/sys/fs/cgroup/unified/cgroup.controllers': 'hugetlb\n',
    },
  });
  assert.equal(layout.mode, 'hybrid');
  assert.equal(layout.v2?.mount, '/sys/fs/cgroup/unified');
  assert.deepEqual(
    layout.v1.map(({ mount, controllers }) => [mount, controllers]),
    [
      ['/sys/fs/cgroup/systemd', ['name=systemd']],
      ['/sys/fs/cgroup/cpu,cpuacct', ['cpu', 'cpuacct']],
      ['/sys/fs/cgroup/memory', ['memory']],
    ],
  );
  assert.deepEqual(layout.controllers, { cpu: 'v1', cpuacct: 'v1', memory: 'v1', hugetlb: 'v2' });
  assert.deepEqual(layout.ownGroup, {
    v2: '/user.slice/c',
    v1: { memory: '/a', cpu: '/b', cpuacct: '/b', 'name=systemd': '/user.slice/c' },
  });
});

test('On a host with version 1 alone nothing is delegated.', () => {
  const mountinfo = hybridMounts.replace(/^.*cgroup2.*\n/m, '');
  const files = { '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': '4:memory:/\n' };
  const layout = layoutOf({ files });
  assert.equal(layout.mode, 'v1');
  assert.equal(layout.v2, undefined);
  assert.deepEqual(layout.delegated, {
    none: 'only groups of the unified hierarchy are delegated, and it is not mounted',
  });
});

test('Version 2 beside a named hierarchy alone is no hybrid host.', () => {
  const mountinfo = hybridMounts.replace(/^.*(?:cpuacct|memory).*\n/gm, '');
  const files = { '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': '0::/\n' };
  assert.equal(layoutOf({ files }).mode, 'v2');
});

test('Without any hierarchy the mode is none, and a remark says what to do.', () => {
  const files = { '/proc/self/mountinfo': '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n' };
  const layout = layoutOf({ files });
  assert.equal(layout.mode, 'none');
  assert.deepEqual(layout.remarks, [
    'No cgroup hierarchy with controllers is mounted. Mount one: `mount -t cgroup2 none /sys/fs/cgroup`',
  ]);
});

test('Mounts that another one hides do not count.', () => {
  const files = {
    '/proc/self/mountinfo': hybridMounts + pureMount.replace('0:26', '0:29'),
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/cgroup.controllers': 'pids\n',
  };
  const layout = layoutOf({ files, devices: { '/sys/fs/cgroup': '0:29' } });
  assert.equal(layout.mode, 'v2');
  assert.equal(layout.v2?.mount, '/sys/fs/cgroup');
  assert.deepEqual(layout.controllers, { pids: 'v2' });
  assert.deepEqual(layout.remarks, [
    '4 cgroup mounts are hidden by other mounts, or may not be entered.',
  ]);
});

test('A read-only hierarchy is told, and nothing of it is ours.', () => {
  const host = pureHost('/');
  const mountinfo = pureMount.replace('rw,nosuid', 'ro,nosuid');
  const layout = layoutOf({ files: { ...host.files, '/proc/self/mountinfo': mountinfo } });
  assert.equal(layout.v2?.isReadOnly, true);
  assert.ok('none' in layout.delegated);
  assert.match(layout.delegated.none, /mounted read-only/);
  assert.deepEqual(layout.remarks, [
    '/sys/fs/cgroup is mounted read-only, so no group can be made there.',
  ]);
});

test('A mount of a part of the hierarchy that does not hold our group is told.', () => {
  const mountinfo = pureMount.replace('0:26 / ', '0:26 /docker/a ');
  const files = { ...pureHost('/docker/b').files, '/proc/self/mountinfo': mountinfo };
  const { delegated } = layoutOf({ files });
  assert.deepEqual(delegated, {
    none: 'the group of this process, /docker/b, lies outside of what is mounted at /sys/fs/cgroup',
  });
});

test('The layout is frozen to its leaves.', () => {
  const layout = layoutOf(pureHost('/'));
  assert.ok(Object.isFrozen(layout) && Object.isFrozen(layout.v2?.controllers));
  assert.ok(Object.isFrozen(layout.ownGroup.v1));
});

test('On this machine every controller is where its mount is, and our own group is where the kernel says.', () => {
  const layout = readHostLayout();
  const own = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  for (const line of own) {
    const [id, names = '', path] = line.split(':');
    const known =
      id === '0' && names === ''
        ? [layout.ownGroup.v2]
        : names.split(',').map((name) => layout.ownGroup.v1[name]);
    assert.ok(
      known.every((entry) => entry === path),
      `${line} is not in the layout`,
    );
  }
  for (const { mount } of [...layout.v1, ...(layout.v2 ? [layout.v2] : [])]) {
    assert.ok(statSync(`${mount}/cgroup.procs`).isFile());
  }
  assert.equal(layout.mode === 'none', Object.keys(layout.controllers).length === 0 && !layout.v2);
});
