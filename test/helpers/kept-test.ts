// Owner of the ways in which the keeper holds the tasks of a test: what holds for tasks with groups of their own must hold for those
// below reapers.

import { type TestContext, test } from 'node:test';
import { findTaskPlace, releaseTaskPlace } from '../../src/cgroup/task-place.ts';

export type KeptContainment = 'cgroup' | 'reaper';

const place = await findTaskPlace();
if (!('none' in place)) await releaseTaskPlace(place);

/** Why no task of a keeper can have a group of its own here; false when it can. */
export const withoutGroups: string | false =
  'none' in place ? `these tasks of the keeper need groups: ${place.none}` : false;

const containments = new WeakMap<TestContext, KeptContainment>();

/** For the hosts of a test; that of tests that are for one of them alone is what the host has. */
export function containmentOf(t: TestContext): KeptContainment | 'auto' {
  return containments.get(t) ?? 'auto';
}

/** Registers the test for tasks in groups, and for tasks below reapers. */
export function keptTest(name: string, body: (t: TestContext) => Promise<void>): void {
  test(name, { skip: withoutGroups }, async (t) => {
    containments.set(t, 'cgroup');
    await body(t);
  });
  test(`${name} (reapers)`, async (t) => {
    containments.set(t, 'reaper');
    await body(t);
  });
}
