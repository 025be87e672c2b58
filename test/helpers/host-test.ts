// Owner of the hosts that a test of the driver runs on: what holds for one must hold for all.

import { type TestContext, type TestOptions, test } from 'node:test';
import { findTaskPlace, releaseTaskPlace } from '../../src/cgroup/task-place.ts';
import type { TaskContainmentWish } from '../../src/driver/host-groups.ts';
import { KeeperHost } from '../../src/driver/keeper-host.ts';
import type { TaskHost } from '../../src/driver/task-host.ts';
import { keeperFolder } from './keeper-folder.ts';

const place = await findTaskPlace();
if (!('none' in place)) await releaseTaskPlace(place);
const noGroups = 'none' in place ? `tasks of the keeper need groups: ${place.none}` : false;

const hosts = new WeakMap<TestContext, () => TaskHost>();

/** The host for the drivers of a test; undefined: the driver's own, in this process. */
export function hostOf(t: TestContext): TaskHost | undefined {
  return hosts.get(t)?.();
}

type Body = (t: TestContext) => Promise<void> | void;

/** Registers the test for the host in this process, for the one with a keeper, and for that one where tasks have no groups. */
export function hostTest(name: string, body: Body): void;
export function hostTest(name: string, options: TestOptions, body: Body): void;
export function hostTest(name: string, ...rest: [Body] | [TestOptions, Body]): void {
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  test(name, options, body);
  const { skip } = options;
  test(`${name} (keeper)`, { ...options, skip: skip || noGroups }, (t) =>
    withKeeper(t, 'cgroup', body),
  );
  test(`${name} (keeper, reapers)`, options, (t) => withKeeper(t, 'reaper', body));
}

async function withKeeper(
  t: TestContext,
  containment: TaskContainmentWish,
  body: Body,
): Promise<void> {
  const stateDirectory = keeperFolder(t);
  hosts.set(t, () => new KeeperHost({ stateDirectory, containment }));
  await body(t);
}
