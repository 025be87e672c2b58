// Entry of the bundle that bench/workers/task-groups.ts measures.

import { GroupStats } from '../src/cgroup/group-stats.ts';
import { TaskCgroups } from '../src/cgroup/task-cgroups.ts';
import { spawn } from '../src/process/spawn.ts';

export { GroupStats, spawn, TaskCgroups };
