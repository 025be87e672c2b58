// Entry of the bundle that bench/workers/task-groups.ts measures.

import { TaskCgroups } from '../src/cgroup/task-cgroups.ts';
import { spawn } from '../src/process/spawn.ts';

export { spawn, TaskCgroups };
