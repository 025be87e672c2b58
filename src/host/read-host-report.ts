// Owner of the look at a host: reads everything, tries what can only be known by trying, and leaves nothing behind.

import { machine, release, userInfo } from 'node:os';
import { type HostLayout, readHostLayout } from '../cgroup/host-layout.ts';
import { findTaskPlace, releaseTaskPlace } from '../cgroup/task-place.ts';
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
    return { containment: containmentOf(place), features: readFeatures(place) };
  } finally {
    if (!('none' in place)) {
      await releaseTaskPlace(place);
    }
  }
}

/** The user may have no entry in the system's list of users. */
function currentUser(): HostReport['user'] {
  const uid = process.geteuid?.() ?? 0;
  try {
    return { uid, name: userInfo().username };
  } catch {
    return { uid };
  }
}
