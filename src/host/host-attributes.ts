// Owner of what this process has found out about its host, for schedulers: found out once, at the first question.

import { readHostLayout } from '../cgroup/host-layout.ts';
import { findTaskPlace, releaseTaskPlace } from '../cgroup/task-place.ts';
import { containmentOf } from './containment.ts';

type Attributes = Readonly<Record<string, string>>;

/** What tasks are to have; others would be told of a host that is not theirs. */
export interface HostAttributesOptions {
  /** As in `findTaskPlace`. */
  readonly cgroupParent?: string;
  /** Whether tasks get groups where that is possible. @default true */
  readonly hasGroups?: boolean;
}

const known = new Map<string, Promise<Attributes>>();

/**
 * Attributes of a fingerprint: `driver.raw_exec.containment`, `.cgroup_mode`, and where there are groups `.cgroup_parent` and
 * `.cgroup_controllers`. The host does not change below a running process, so later calls get the first answer; a failed
 * look is tried again by the next one.
 */
export function hostAttributes(options: HostAttributesOptions = {}): Promise<Attributes> {
  const key = JSON.stringify([options.hasGroups ?? true, options.cgroupParent ?? '']);
  let answer = known.get(key);
  if (answer === undefined) {
    answer = findOut(options).catch((error: unknown) => {
      known.delete(key);
      throw error;
    });
    known.set(key, answer);
  }
  return answer;
}

async function findOut({
  hasGroups = true,
  cgroupParent,
}: HostAttributesOptions): Promise<Attributes> {
  const layout = readHostLayout();
  const place = hasGroups
    ? await findTaskPlace({ layout, ...(cgroupParent !== undefined && { cgroupParent }) })
    : { none: 'tasks are to have reapers' };
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
