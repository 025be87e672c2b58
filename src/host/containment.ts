// Pure: what keeps the processes of a task together, from the place that was found.

import type { NoTaskPlace, TaskPlace } from '../cgroup/task-place.ts';
import type { ContainmentLevel, ContainmentReport } from './host-report.ts';

const levels = {
  v2: 'cgroup-v2',
  hybrid: 'cgroup-hybrid',
  v1: 'cgroup-v1',
} as const satisfies Record<TaskPlace['mode'], ContainmentLevel>;

const guarantees: Readonly<Record<ContainmentLevel, string>> = {
  'cgroup-v2':
    'Each task has a group of its own, and a stop ends all that is in it, however it forks. Only a process with the rights of root can leave it.',
  'cgroup-hybrid':
    'Each task has groups of its own in both versions, and a stop ends all that is in them, however it forks. Only a process with the rights of root can leave them.',
  'cgroup-v1':
    'Each task has groups of version 1 of its own, and a stop ends all that is in them, however it forks. Only a process with the rights of root can leave them.',
  'process-tree':
    'Each task has a helper process that sees all its descendants: a stop ends them. A bomb that changes its process group at each fork, or a descendant of another user, may survive, and is listed then.',
};

export function containmentOf(place: TaskPlace | NoTaskPlace): ContainmentReport {
  if ('none' in place) {
    const level = 'process-tree';
    const nothing = { parents: [], controllers: [], withheld: {} };
    return { level, guarantee: guarantees[level], ...nothing, reason: place.none };
  }
  const { parent, controllers, withheld, mode } = place;
  const level = levels[mode];
  const v1 = [...new Set(parent.v1.map(({ directory }) => directory))];
  const parents = [...(parent.v2 === undefined ? [] : [parent.v2]), ...v1];
  return { level, guarantee: guarantees[level], parents, controllers, withheld };
}
