import assert from 'node:assert/strict';
import test from 'node:test';
import { findCgroupMount, parseCgroupMounts } from '../../../src/cgroup/cgroup-mounts.ts';

const hybrid = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/bin/true,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

const pure =
  '30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n';

test('On a hybrid host every controller is found where it is mounted, and version 2 beside them.', () => {
  const mounts = parseCgroupMounts(hybrid);
  assert.equal(findCgroupMount(mounts)?.mountPoint, '/sys/fs/cgroup/unified');
  assert.equal(findCgroupMount(mounts, 'cpuacct')?.mountPoint, '/sys/fs/cgroup/cpu,cpuacct');
  assert.equal(findCgroupMount(mounts, 'pids')?.mountPoint, '/sys/fs/cgroup/pids');
  assert.equal(findCgroupMount(mounts, 'systemd')?.mountPoint, '/sys/fs/cgroup/systemd');
  assert.equal(findCgroupMount(mounts, 'rw'), undefined);
  assert.equal(findCgroupMount(mounts, 'memory'), undefined);
});

test('On a host with version 2 alone there is no controller of version 1.', () => {
  const mounts = parseCgroupMounts(pure);
  assert.equal(findCgroupMount(mounts)?.mountPoint, '/sys/fs/cgroup');
  assert.equal(findCgroupMount(mounts, 'pids'), undefined);
});

test('A mount of the whole hierarchy is preferred to a mount of a part.', () => {
  const part = '50 1 0:26 /jobs /mnt/jobs rw - cgroup2 cgroup2 rw\n';
  assert.equal(findCgroupMount(parseCgroupMounts(part + pure))?.mountPoint, '/sys/fs/cgroup');
  assert.equal(findCgroupMount(parseCgroupMounts(part))?.mountPoint, '/mnt/jobs');
});

test('Blanks in a mount point are read from their octal form.', () => {
  const mounts = parseCgroupMounts('50 1 0:26 / /mnt/a\\040b\\134c rw - cgroup2 none rw\n');
  assert.equal(mounts[0]?.mountPoint, '/mnt/a b\\c');
});

test('Optional fields before the separator, and read-only mounts, are read.', () => {
  const text = '50 1 0:26 / /a ro,nosuid shared:1 master:2 - cgroup2 none rw\n';
  const [mount] = parseCgroupMounts(text);
  assert.deepEqual(mount, {
    version: 2,
    mountPoint: '/a',
    root: '/',
    controllers: [],
    device: '0:26',
    isReadOnly: true,
  });
});
