import assert from 'node:assert/strict';
import test from 'node:test';
import { directoryOf, parseSelfCgroup } from '../../../src/cgroup/self-cgroup.ts';

test('Names with colons and blanks are read whole.', () => {
  const text = '2:cpu,cpuacct:/a:b c\n1:name=systemd:/x\n0::/d:e\n';
  assert.deepEqual(parseSelfCgroup(text), {
    v2: '/d:e',
    v1: { cpu: '/a:b c', cpuacct: '/a:b c', 'name=systemd': '/x' },
  });
});

test('A kernel without the unified hierarchy has no line for it.', () => {
  assert.deepEqual(parseSelfCgroup('1:cpu:/\n'), { v1: { cpu: '/' } });
  assert.deepEqual(parseSelfCgroup(''), { v1: {} });
});

const cases: readonly [string, string, string, string | undefined][] = [
  ['the top', '/', '/', '/sys/fs/cgroup'],
  ['a group', '/', '/a/b', '/sys/fs/cgroup/a/b'],
  ['the mounted part itself', '/docker/x', '/docker/x', '/sys/fs/cgroup'],
  ['a group in the mounted part', '/docker/x', '/docker/x/y', '/sys/fs/cgroup/y'],
  ['a group beside the mounted part', '/docker/x', '/docker/xy', undefined],
  ['a group outside of the namespace', '/', '/../other', undefined],
];

for (const [what, root, path, directory] of cases) {
  test(`The directory of ${what} is ${directory ?? 'not to be seen'}.`, () => {
    assert.equal(directoryOf({ mount: '/sys/fs/cgroup', root }, path), directory);
  });
}
