import assert from 'node:assert/strict';
import { release } from 'node:os';
import test, { after } from 'node:test';
import { isAtLeast } from '../../src/host/advice.ts';
import { featureNames } from '../../src/host/kernel-features.ts';
import { readFeatures } from '../../src/host/read-features.ts';
import { KernelFeature } from '../../src/native/kernel.ts';
import { native } from '../../src/native.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';

guardAgainstLeaks();

const nowhere = undefined;

after(() => native.disableFeatures(0));

test('No feature is told as present by a kernel that is older than it.', () => {
  for (const { name, state, since } of readFeatures(nowhere)) {
    assert.ok(state !== 'present' || isAtLeast(release(), since), `${name} on ${release()}`);
  }
});

test('Features are told in the order of the table, and those of groups are unknown without a group.', () => {
  const features = readFeatures(nowhere);
  assert.deepEqual(
    features.map(({ name }) => name),
    featureNames,
  );
  const unknown = features.filter(({ state }) => state === 'unknown').map(({ name }) => name);
  assert.deepEqual(unknown, [
    'cgroup.freeze',
    'cgroup.kill',
    'user xattr on groups',
    'memory.oom.group',
    'memory.peak',
    'memory.reclaim',
  ]);
});

test('A feature that is refused is told as absent, with what is used instead.', () => {
  native.disableFeatures(KernelFeature.cloneIntoCgroup | KernelFeature.pidfd);
  const absent = readFeatures(nowhere).filter(({ state }) => state === 'absent');
  const into = absent.find(({ name }) => name === 'CLONE_INTO_CGROUP');
  assert.match(into?.instead ?? '', /cgroup\.procs/);
  assert.ok(absent.some(({ name }) => name === 'pidfd'));
  // Without pidfds nothing is known of a process that has been reaped.
  assert.ok(absent.some(({ name }) => name === 'PIDFD_INFO_EXIT'));
});
