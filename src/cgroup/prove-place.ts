// Owner of the parents of one candidate while it is tried: what works stays and becomes a place, what does not is removed.

import { existsSync } from 'node:fs';
import { hostFiles } from './cgroup-files.ts';
import { checkParent } from './check-parent.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { HostLayout } from './host-layout.ts';
import { chainBelow, handDown, makeChain, type ParentGroup, removeParent } from './make-parents.ts';
import type { PlaceCandidate, V1Candidate, V2Candidate } from './place-candidate.ts';
import { PlaceError, placeErrorOf } from './place-errors.ts';
import {
  directoriesOf,
  removeTrial,
  type TrialFailure,
  type TrialParents,
  trialName,
  tryPlace,
} from './place-trial.ts';
import type { TaskPlace } from './task-place.ts';
import { handedDown } from './withheld.ts';

/** Hierarchies that are still in the running. */
interface Running {
  v2: V2Candidate | undefined;
  v1: readonly V1Candidate[];
  readonly groups: ParentGroup[];
  readonly withheld: Record<string, string>;
  /** Name of the groups of the trial. */
  readonly trial: string;
  firstError: unknown;
}

/**
 * Makes the parents of a candidate and starts a process below them. A hierarchy that cannot be used is left out as long as
 * another works; of a configured parent only those of version 1 are, and only for reasons that are not about the path.
 *
 * Rejects with PlaceError when nothing works; then nothing is left behind.
 */
export async function provePlace(
  candidate: PlaceCandidate,
  layout: HostLayout,
): Promise<TaskPlace> {
  const running: Running = {
    v2: candidate.v2,
    v1: candidate.v1,
    groups: [],
    withheld: {},
    trial: trialName(),
    firstError: undefined,
  };
  try {
    await makeParents(candidate, running);
    await tryUntilItWorks(candidate, running);
    const place = placeOf(candidate, running, layout);
    await cleanUp(candidate, running, place.groups);
    return deepFreeze(place);
  } catch (error) {
    await cleanUp(candidate, running, []);
    throw error;
  }
}

/** The groups of the trial first: they hold the parents. */
async function cleanUp(
  candidate: PlaceCandidate,
  { groups, trial }: Running,
  kept: readonly ParentGroup[],
): Promise<void> {
  for (const parent of directoriesOf(parentsOf(candidate))) {
    await removeTrial(`${parent}/${trial}`);
  }
  for (const group of groups.filter((entry) => !kept.includes(entry)).reverse()) {
    await removeParent(group);
  }
}

function parentsOf({ v2, v1 }: Pick<Running, 'v2' | 'v1'> | PlaceCandidate): TrialParents {
  return { ...(v2 !== undefined && { v2: v2.parent }), v1 };
}

async function makeParents(candidate: PlaceCandidate, running: Running): Promise<void> {
  const isOurs = candidate.origin !== 'config';
  const { v2 } = candidate;
  if (v2 !== undefined) {
    const groups = chainBelow(v2.top, v2.parent).map((directory) => ({
      directory,
      v1: [],
      isOurs,
    }));
    await unlessUnusable(candidate, running, v2.parent, async () => {
      checkParent(v2.top, 'v2');
      if (v2.mayArrangeTop) {
        await handDown(v2.top);
      }
      running.groups.push(...groups);
      await makeChain(groups, running.trial);
    });
  }
  const parents = new Set(candidate.v1.map(({ directory }) => directory));
  for (const parent of parents) {
    const together = candidate.v1.filter(({ directory }) => directory === parent);
    const controllers = together.map(({ controller }) => controller);
    const chain = chainBelow(together[0]?.mount ?? '', parent);
    const groups = chain.map((directory) => ({ directory, v1: controllers, isOurs }));
    running.groups.push(...groups);
    await unlessUnusable(candidate, running, parent, () => makeChain(groups, running.trial));
  }
}

async function unlessUnusable(
  candidate: PlaceCandidate,
  running: Running,
  parent: string,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    leaveOut(candidate, running, { parent, error: placeErrorOf(parent, error) });
  }
}

async function tryUntilItWorks(candidate: PlaceCandidate, running: Running): Promise<void> {
  for (;;) {
    const { v2, v1 } = running;
    if (v2 === undefined && v1.length === 0) {
      throw running.firstError;
    }
    const failure = await tryPlace(parentsOf(running), running.trial);
    if (failure === undefined) {
      return;
    }
    leaveOut(candidate, running, failure);
  }
}

/** Reasons that are about this hierarchy alone, not about the path that was configured. */
const ownReasons: ReadonlySet<string> = new Set([
  'ERR_CGROUP_NOT_PERMITTED',
  'ERR_CGROUP_READ_ONLY',
]);

/** Goes on without the hierarchy of `parent`. Throws when that must not be. */
function leaveOut(candidate: PlaceCandidate, running: Running, failure: TrialFailure): void {
  const { parent, error } = failure;
  if (!(error instanceof PlaceError) || parent === undefined) {
    throw error;
  }
  const isV2 = parent === candidate.v2?.parent;
  // Somebody has removed it just now: all of it is tried again.
  const isRace = error.code === 'ERR_CGROUP_REMOVED';
  const isAsked = candidate.origin === 'config' && (isV2 || !ownReasons.has(error.code));
  if (isRace || isAsked) {
    throw error;
  }
  running.firstError ??= error;
  if (isV2) {
    running.v2 = undefined;
  }
  for (const { controller } of running.v1.filter(({ directory }) => directory === parent)) {
    running.withheld[controller] = error.message;
  }
  running.v1 = running.v1.filter(({ directory }) => directory !== parent);
}

function placeOf(candidate: PlaceCandidate, running: Running, layout: HostLayout): TaskPlace {
  const { v2 } = running;
  const unified = layout.v2?.controllers ?? [];
  const down =
    v2 === undefined ? { controllers: [], withheld: {} } : handedDown(v2, unified, hostFiles);
  const v1 = running.v1.map(({ controller, directory }) => ({ controller, directory }));
  const used = [...(v2 === undefined ? [] : [v2.parent]), ...v1.map(({ directory }) => directory)];
  return {
    mode: v2 === undefined ? 'v1' : layout.mode === 'hybrid' ? 'hybrid' : 'v2',
    parent: { ...(v2 !== undefined && { v2: v2.parent }), v1 },
    controllers: [...down.controllers, ...v1.map(({ controller }) => controller)].sort(),
    withheld: { ...notDelegated(candidate, layout), ...running.withheld, ...down.withheld },
    killFile: v2 !== undefined && existsSync(`${v2.parent}/cgroup.kill`),
    origin: candidate.origin,
    groups: running.groups.filter(({ directory }) =>
      used.some((parent) => parent === directory || parent.startsWith(`${directory}/`)),
    ),
  };
}

/** What version 1 holds on a host where this process gets nothing of it. */
function notDelegated(
  { v1 }: PlaceCandidate,
  layout: HostLayout,
): Readonly<Record<string, string>> {
  const names = Object.entries(layout.controllers).filter(([, version]) => version === 'v1');
  if (v1.length > 0) {
    return {};
  }
  const why = 'it is a controller of version 1, which only root can use';
  return Object.fromEntries(names.map(([controller]) => [controller, why]));
}
