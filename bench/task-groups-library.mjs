// Entry of the bundle that bench/workers/task-groups.ts measures.

export { TaskCgroups } from '../src/cgroup/task-cgroups.ts';
export { spawn } from '../src/process/spawn.ts';
