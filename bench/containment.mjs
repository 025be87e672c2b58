// What the case `stop` measures: bundled by run.mjs, since the package itself loads it only within the driver.

// biome-ignore-all lint/performance/noBarrelFile: it is the entry of a bundle

export { containByGroups } from '../src/containment/group-containment.ts';
export { stopContained } from '../src/containment/stop-contained.ts';
export { spawn } from '../src/process/spawn.ts';
