// Owner of one cgroup per call, which goes with the test.

import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findCgroupMount, parseCgroupMounts } from '../../src/cgroup/cgroup-mounts.ts';
import { eventually } from './eventually.ts';

let serial = 0;

/** A new group. */
export interface TestGroup {
  /** Its name below the mount of its hierarchy. */
  readonly name: string;
  readonly path: string;
}

/** Where the hierarchy of a version 1 controller is mounted, or version 2. */
export function mountOf(controller?: string): string | undefined {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  return findCgroupMount(mounts, controller)?.mountPoint;
}

/**
 * Makes a group of version 2, or of a version 1 controller; skips the test with the reason where that cannot be.
 *
 * The test has to end what it runs in the group itself: node:test runs `after` hooks in the order of their registration, so
 * the group is removed before what a later hook would end.
 */
export function makeGroup(t: TestContext, controller?: string): TestGroup | undefined {
  const mount = mountOf(controller);
  if (mount === undefined) {
    t.skip(
      `this host has not mounted ${controller === undefined ? 'cgroup2' : `v1 ${controller}`}`,
    );
    return undefined;
  }
  const name = `raw-exec-test-${process.pid}-${++serial}`;
  const path = join(mount, name);
  try {
    mkdirSync(path);
  } catch (error) {
    t.skip(`this process may not make cgroups in ${mount}: ${String(error)}`);
    return undefined;
  }
  t.after(() => removeGroup(path));
  return { name, path };
}

/** A group that was in use just now may be busy for a moment. */
async function removeGroup(path: string): Promise<void> {
  await eventually(`${path} is removed`, () => {
    try {
      rmdirSync(path);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EBUSY') {
        return undefined;
      }
      throw error;
    }
  });
}
