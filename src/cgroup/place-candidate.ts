// Pure: where task groups could be made on a host, in the order in which that is tried.

import type { HierarchyLayout, HostLayout } from './host-layout.ts';
import { isRealController } from './layout-of.ts';
import type { TaskPlace, V1Parent } from './task-place.ts';

/** A place that has not been tried yet. */
export interface PlaceCandidate {
  readonly origin: TaskPlace['origin'];
  /** The group that is there, and what is made below it. */
  readonly v2?: V2Candidate;
  readonly v1: readonly V1Candidate[];
}

export interface V2Candidate {
  /** A directory of ours, or one that was delegated, or the mount. */
  readonly top: string;
  /** Absolute; below `top`. */
  readonly parent: string;
  /** Whether `top` may be told to hand out controllers: it was delegated to us and holds no processes. */
  readonly mayArrangeTop: boolean;
}

export interface V1Candidate extends V1Parent {
  readonly mount: string;
}

/** Names of the parents that raw-exec makes by itself: a slice is what systemd would call such a group. */
export const defaultParent = { v2: 'raw-exec.slice', v1: 'raw-exec' } as const;

/** What groups of tasks use; the others of version 1 have nothing to do with limits, statistics or freezing. */
const v1Controllers: ReadonlySet<string> = new Set([
  'memory',
  'cpu',
  'cpuacct',
  'cpuset',
  'pids',
  'blkio',
  'hugetlb',
  'freezer',
]);

/** Version 1 is root's alone: nothing of it is safe to delegate (systemd's CGROUP_DELEGATION). */
export function defaultCandidates(layout: HostLayout, euid: number): readonly PlaceCandidate[] {
  const { v2, delegated, mode } = layout;
  if (mode === 'none') {
    return [];
  }
  const isRoot = euid === 0;
  const v1 = isRoot ? v1Candidates(layout.v1, defaultParent.v1) : [];
  const candidates: PlaceCandidate[] = [];
  // With us in its top group, a unit could not be restarted while it hands out controllers: systemd would get EBUSY when it
  // puts the new main process there. Root has a better place.
  if ('directory' in delegated && !(isRoot && delegated.holdsUs)) {
    const { directory, holdsUs } = delegated;
    candidates.push({
      origin: 'delegated',
      v2: {
        top: directory,
        parent: `${directory}/${defaultParent.v2}`,
        mayArrangeTop: !holdsUs,
      },
      v1,
    });
  }
  if (isRoot) {
    candidates.push({
      origin: 'root',
      ...(v2 !== undefined && { v2: candidateAt(v2.mount, defaultParent.v2) }),
      v1,
    });
  }
  return candidates;
}

/** A parent that a configuration names. */
export interface NamedParent {
  /** Below the mount of every hierarchy. */
  readonly path: string;
  /** Whether it was written with its mount point. */
  readonly isAbsolute: boolean;
  readonly euid: number;
}

/** The group that a configuration names, in every hierarchy; an ordinary user's is below the subtree that was delegated. */
export function namedCandidate(layout: HostLayout, named: NamedParent): PlaceCandidate {
  const { v2, v1, delegated } = layout;
  const { path, isAbsolute, euid } = named;
  if (euid !== 0 && !isAbsolute && 'directory' in delegated) {
    const { directory: top, holdsUs } = delegated;
    return {
      origin: 'config',
      v2: { top, parent: `${top}/${path}`, mayArrangeTop: !holdsUs },
      v1: [],
    };
  }
  return {
    origin: 'config',
    ...(v2 !== undefined && { v2: candidateAt(v2.mount, path) }),
    v1: euid === 0 ? v1Candidates(v1, path) : [],
  };
}

function candidateAt(mount: string, path: string): V2Candidate {
  return { top: mount, parent: `${mount}/${path}`, mayArrangeTop: false };
}

function v1Candidates(
  hierarchies: readonly HierarchyLayout[],
  path: string,
): readonly V1Candidate[] {
  return hierarchies.flatMap(({ mount, controllers }) =>
    controllers
      .filter((controller) => isRealController(controller) && v1Controllers.has(controller))
      .map((controller) => ({ controller, mount, directory: `${mount}/${path}` })),
  );
}
