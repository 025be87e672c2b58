// Some kernels (seen on 6.18) kill whoever is cloned into a group that was killed once: see docs/decisions/killed-groups.md.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { spawn } from '../../../src/process/spawn.ts';
import type { SpawnOptions } from '../../../src/process/spawn-options.ts';
import { makeGroup } from '../../helpers/cgroup-group.ts';

function makeKilledGroup(t: TestContext): string | undefined {
  const group = makeGroup(t);
  if (group === undefined) return undefined;
  const kill = join(group.path, 'cgroup.kill');
  if (!existsSync(kill)) {
    t.skip('this kernel has no cgroup.kill');
    return undefined;
  }
  writeFileSync(kill, '1');
  return group.path;
}

async function runsIn(group: string, options: SpawnOptions = {}): Promise<void> {
  const child = spawn('sleep', ['1000'], { ...options, stdio: 'ignore', cgroup: group });
  const members = readFileSync(join(group, 'cgroup.procs'), 'utf8').trim();
  child.kill('SIGKILL');
  await child.exited;
  assert.equal(members, String(child.pid));
}

test('A program starts in a group that was killed once.', async (t) => {
  const group = makeKilledGroup(t);
  if (group === undefined) return;
  await runsIn(group);
  writeFileSync(join(group, 'cgroup.kill'), '1');
  await runsIn(group);
});

test('As another user it does, too.', async (t) => {
  if (process.geteuid?.() !== 0) {
    t.skip('only root may start programs as other users');
    return;
  }
  const group = makeKilledGroup(t);
  if (group === undefined) return;
  await runsIn(group, { user: 65_534, group: 65_534, groups: [] });
});
