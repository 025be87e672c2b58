// Which groups a task gets from the one path that Nomad's client tells of.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { HostLayout } from '../../src/cgroup/host-layout.ts';
import { givenGroupOf } from '../../src/nomad-plugin/given-group-of.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const task = { allocId: 'b1946ac9', name: 'web' };
const name = 'b1946ac9.web';

/** Mounts of version 1 that stand in a folder. */
function fakeLayout(root: string, controllers: readonly string[]): () => HostLayout {
  const v1 = controllers.map((controller) => ({
    mount: join(root, controller),
    controllers: [controller],
  }));
  return () => ({ v1 }) as unknown as HostLayout;
}

function makeFolders(t: TestContext, ...paths: readonly string[]): string {
  const root = temporaryFolder(t);
  for (const path of paths) mkdirSync(join(root, path), { recursive: true });
  return root;
}

test('A scope of version 2 is the task’s own when it has the task’s name.', (t) => {
  const root = makeFolders(t, `share.slice/${name}.scope`, 'share.slice/other.web.scope');
  for (const scope of [name, 'other.web']) {
    writeFileSync(join(root, `share.slice/${scope}.scope/cgroup.controllers`), 'cpu memory\n');
  }
  const own = join(root, `share.slice/${name}.scope`);
  assert.deepEqual(givenGroupOf({ ...task, cpusetCgroup: own }), { v2: own });
  const other = join(root, 'share.slice/other.web.scope');
  assert.equal(givenGroupOf({ ...task, cpusetCgroup: other }), undefined);
});

test('A path that is not there, or none, means groups of our own.', () => {
  for (const cpusetCgroup of ['', 'relative', '/sys/fs/cgroup/absent/share']) {
    assert.equal(givenGroupOf({ ...task, cpusetCgroup }), undefined);
  }
});

test('On version 1 the groups are derived from the cpuset, which others are in, too.', (t) => {
  const root = makeFolders(t, 'cpuset/nomad/share', 'freezer/nomad', 'cpu/nomad', 'memory/nomad');
  const layout = fakeLayout(root, ['cpuset', 'freezer', 'cpu', 'memory']);
  const cpusetCgroup = join(root, 'cpuset/nomad/share');
  assert.deepEqual(givenGroupOf({ ...task, cpusetCgroup }, layout), {
    v1: {
      freezer: join(root, 'freezer/nomad', name),
      cpu: join(root, 'cpu/nomad', name),
      memory: join(root, 'memory/nomad', name),
    },
    shared: { cpuset: cpusetCgroup },
  });
});

test('A cpuset of reserved cores is below the same parent; controllers without it are left out.', (t) => {
  const root = makeFolders(t, `cpuset/a/b/reserve/${name}`, 'freezer/a/b', 'memory');
  const layout = fakeLayout(root, ['cpuset', 'freezer', 'memory']);
  const cpusetCgroup = join(root, `cpuset/a/b/reserve/${name}`);
  assert.deepEqual(givenGroupOf({ ...task, cpusetCgroup }, layout), {
    v1: { freezer: join(root, 'freezer/a/b', name) },
    shared: { cpuset: cpusetCgroup },
  });
});

test('Without a freezer, and in a cpuset that is not Nomad’s, tasks get groups of our own.', (t) => {
  const root = makeFolders(t, 'cpuset/nomad/share', 'cpuset/else', 'memory/nomad', 'freezer/else');
  const layout = fakeLayout(root, ['cpuset', 'freezer', 'memory']);
  for (const path of ['cpuset/nomad/share', 'cpuset/else', 'freezer/else']) {
    assert.equal(givenGroupOf({ ...task, cpusetCgroup: join(root, path) }, layout), undefined);
  }
});
