// Entry of the bundle that bench/workers/keeper.ts measures.

// biome-ignore-all lint/performance/noBarrelFile: it is the entry of a bundle

export { TaskCgroups } from '../src/cgroup/task-cgroups.ts';
export { KeeperClient } from '../src/keeper/keeper-client.ts';
