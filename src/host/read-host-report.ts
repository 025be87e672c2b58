// Owner of the look at a host: reads everything, tries what can only be known by trying, and leaves nothing behind.

import { machine, release } from 'node:os';
import { type HostLayout, readHostLayout } from '../cgroup/host-layout.ts';
import { directoryOf } from '../cgroup/self-cgroup.ts';
import {
  findTaskPlace,
  type NoTaskPlace,
  releaseTaskPlace,
  type TaskPlace,
} from '../cgroup/task-place.ts';
import { native } from '../native.ts';
import { adviceFor } from './advice.ts';
import { containmentOf } from './containment.ts';
import type { FeatureReport, HostReport } from './host-report.ts';
import { readFeatures } from './read-features.ts';
import { readLimits } from './read-limits.ts';

/** How the host is looked at. */
export interface HostReportOptions {
  /** As in `findTaskPlace`. */
  readonly cgroupParent?: string;
}

/**
 * Everything that matters to tasks on this host. A process is started in a group for a moment, to know that tasks can be.
 *
 * Rejects with PlaceError when `cgroupParent` cannot be used.
 */
export async function readHostReport(options: HostReportOptions = {}): Promise<HostReport> {
  const cgroups = readHostLayout();
  const { containment, features } = await tryOut(cgroups, options);
  const facts = {
    kernel: { release: release(), machine: machine() },
    node: process.versions.node,
    user: currentUser(),
    containment,
    cgroups,
    features,
    limits: readLimits(cgroups),
  };
  return { ...facts, advice: adviceFor(facts) };
}

async function tryOut(
  layout: HostLayout,
  options: HostReportOptions,
): Promise<Pick<HostReport, 'containment'> & { readonly features: readonly FeatureReport[] }> {
  const place = await findTaskPlace({ ...options, layout });
  try {
    return { containment: containmentOf(place), features: readFeatures(groupOf(place, layout)) };
  } finally {
    if (!('none' in place)) {
      await releaseTaskPlace(place);
    }
  }
}

/** A group to look into: that of tasks, else our own, unless it is the top. */
function groupOf(place: TaskPlace | NoTaskPlace, { v2, ownGroup }: HostLayout): string | undefined {
  if (!('none' in place)) {
    return place.parent.v2;
  }
  const isBelow = v2 !== undefined && ownGroup.v2 !== undefined && ownGroup.v2 !== '/';
  return isBelow ? directoryOf(v2, ownGroup.v2) : undefined;
}

/** The user may have no entry in the system's list of users. */
function currentUser(): HostReport['user'] {
  const uid = process.geteuid?.() ?? 0;
  const user = native.findUser(uid);
  return user === undefined ? { uid } : { uid, name: user.name };
}
