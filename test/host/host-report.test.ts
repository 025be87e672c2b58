// What is told about the machine that the test runs on: held against what the kernel says itself.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import test from 'node:test';
import { readHostLayout } from '../../src/cgroup/host-layout.ts';
import { findTaskPlace, releaseTaskPlace } from '../../src/cgroup/task-place.ts';
import { isAtLeast } from '../../src/host/advice.ts';
import { hostAttributes } from '../../src/host/host-attributes.ts';
import { readHostReport } from '../../src/host/read-host-report.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';

guardAgainstLeaks();

// In a parent of this test's own: the default one may be in use by whoever else runs tasks on this machine.
test('The level of containment is that of the place of tasks, and nothing that was tried is left.', async () => {
  const anyPlace = await findTaskPlace();
  if (!('none' in anyPlace)) await releaseTaskPlace(anyPlace);
  const options = 'none' in anyPlace ? {} : { cgroupParent: `raw-exec-test-host-${process.pid}` };
  const { containment } = await readHostReport(options);
  const place = await findTaskPlace(options);
  if ('none' in place) {
    assert.equal(containment.level, 'process-tree');
    assert.equal(containment.reason, place.none);
    return;
  }
  await releaseTaskPlace(place);
  assert.equal(containment.level, `cgroup-${place.mode}`);
  assert.deepEqual(containment.controllers, place.controllers);
  assert.deepEqual(containment.withheld, place.withheld);
  assert.deepEqual(
    containment.parents.filter((directory) => existsSync(directory)),
    [],
  );
});

test('Every controller that tasks do not get has advice, and a host without groups has the reason.', async () => {
  const { containment, advice } = await readHostReport();
  for (const controller of Object.keys(containment.withheld)) {
    assert.ok(advice.some((text) => text.startsWith('No limits by') && text.includes(controller)));
  }
  if (containment.reason !== undefined) {
    assert.equal(advice[0], `No groups for tasks: ${containment.reason}`);
  }
});

test('The files of groups are told as present from the version on that has them.', async (t) => {
  const { containment, features } = await readHostReport();
  const [parent] = containment.parents;
  if (parent === undefined || readHostLayout().v2 === undefined) {
    t.skip('task groups of version 2 cannot be made here');
    return;
  }
  for (const name of ['cgroup.freeze', 'cgroup.kill']) {
    const feature = features.find((entry) => entry.name === name);
    const isThere = isAtLeast(release(), feature?.since ?? '');
    assert.equal(feature?.state, isThere ? 'present' : 'absent', name);
  }
});

test('Schedulers are told the same, and are told it again without another look.', async () => {
  const attributes = await hostAttributes();
  assert.equal(await hostAttributes(), attributes);
  const { containment, cgroups } = await readHostReport();
  assert.equal(attributes['driver.raw_exec.containment'], containment.level);
  assert.equal(attributes['driver.raw_exec.cgroup_mode'], cgroups.mode);
  assert.equal(attributes['driver.raw_exec.cgroup_parent'], containment.parents[0]);
  assert.equal(
    attributes['driver.raw_exec.cgroup_controllers'] ?? '',
    containment.controllers.join(','),
  );
});
