// A frozen group stops a child before execve: with the fast path, the caller too.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SpawnError } from '../../../src/errors.ts';
import { spawn } from '../../../src/process/spawn.ts';
import { makeGroup } from '../../helpers/cgroup-group.ts';
import { eventually } from '../../helpers/eventually.ts';
import { guardAgainstLeaks } from '../../helpers/leak-guard.ts';

guardAgainstLeaks();

test('a frozen v2 group is refused before anything is started', async (t) => {
  const group = makeGroup(t);
  if (group === undefined) return;
  writeFileSync(join(group.path, 'cgroup.freeze'), '1');
  await eventually(
    'the group is frozen',
    () => readFileSync(join(group.path, 'cgroup.events'), 'utf8').includes('frozen 1') || undefined,
  );
  assert.throws(
    () => spawn('/bin/true', [], { cgroup: group.path }),
    (error: unknown) =>
      error instanceof SpawnError &&
      error.code === 'ERR_CGROUP_FROZEN' &&
      error.step === 'cgroupFrozen' &&
      error.message.includes(group.path),
  );
  assert.equal(readFileSync(join(group.path, 'cgroup.procs'), 'utf8'), '');
  writeFileSync(join(group.path, 'cgroup.freeze'), '0');
});

test('a child that cannot be killed is reported as stuck with its step, and is reaped when it ends', async (t) => {
  const group = makeGroup(t, 'freezer');
  if (group === undefined) return;
  const state = join(group.path, 'freezer.state');
  writeFileSync(state, 'FROZEN');
  try {
    assert.throws(
      () =>
        spawn('/bin/true', [], { cgroup: { v1: { freezer: group.path } }, execDeadlineMs: 200 }),
      (error: unknown) => error instanceof SpawnError && error.code === 'ERR_STUCK_BEFORE_EXEC',
    );
    const stuck = readFileSync(join(group.path, 'tasks'), 'utf8').trim();
    assert.match(stuck, /^\d+$/, 'the child is in the group');
  } finally {
    writeFileSync(state, 'THAWED');
  }
  // It has a SIGKILL pending, which takes effect now; nobody but the engine can reap it.
  await eventually('the group is empty', () =>
    readFileSync(join(group.path, 'tasks'), 'utf8') === '' ? true : undefined,
  );
});
