// Pure choice: which containment the groups of a task make.

import type { Containment } from './containment.ts';
import { HybridContainment } from './hybrid-containment.ts';
import { V1Containment } from './v1-containment.ts';
import type { V1Group } from './v1-freezer.ts';
import { V2Containment, type V2ContainmentOptions } from './v2-containment.ts';

/** The groups of one task, as absolute directories. */
export interface OwnGroups {
  readonly v2?: string;
  readonly v1: readonly V1Group[];
}

/**
 * The containment of a task by groups that were made for it.
 *
 * Never for groups that a caller has named: others may be in them, and everything in these is killed. For such a task
 * the tree of a subreaper is the containment: `spawnReaped`.
 *
 * @returns undefined without any group
 */
export function containByGroups(
  groups: OwnGroups,
  options: V2ContainmentOptions = {},
): Containment | undefined {
  const { v2, v1 } = groups;
  if (v2 === undefined) return v1.length === 0 ? undefined : new V1Containment(v1);
  return v1.length === 0 ? new V2Containment(v2, options) : new HybridContainment(v2, v1, options);
}
