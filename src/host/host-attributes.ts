// Owner of what this process has found out about its host, for schedulers: found out once, at the first question.

import { readHostLayout } from '../cgroup/host-layout.ts';
import { findTaskPlace, releaseTaskPlace } from '../cgroup/task-place.ts';
import { containmentOf } from './containment.ts';

let known: Promise<Readonly<Record<string, string>>> | undefined;

/**
 * Attributes of a fingerprint: `driver.raw_exec.containment`, `.cgroup_mode`, and where there are groups `.cgroup_parent` and
 * `.cgroup_controllers`. The host does not change below a running process, so later calls get the first answer; a failed
 * look is tried again by the next one.
 */
export function hostAttributes(): Promise<Readonly<Record<string, string>>> {
  known ??= findOut().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function findOut(): Promise<Readonly<Record<string, string>>> {
  const layout = readHostLayout();
  const place = await findTaskPlace({ layout });
  if (!('none' in place)) {
    await releaseTaskPlace(place);
  }
  const { level, parents, controllers } = containmentOf(place);
  const [parent] = parents;
  const prefix = 'driver.raw_exec';
  return Object.freeze({
    [`${prefix}.containment`]: level,
    [`${prefix}.cgroup_mode`]: layout.mode,
    ...(parent !== undefined && { [`${prefix}.cgroup_parent`]: parent }),
    ...(controllers.length > 0 && { [`${prefix}.cgroup_controllers`]: controllers.join(',') }),
  });
}
