// What a driver is made of and a program that only starts processes is not: loaded when the first driver is made. The
// validator is among it.

// biome-ignore-all lint/performance/noBarrelFile: its parts are always needed together, and only through it

export { hostAttributes } from '../host/host-attributes.ts';
export { checkCommand, checkDriverTask } from './check-task.ts';
export { lookUpCommand } from './command-lookup.ts';
export { ensureExecutable } from './executable-mode.ts';
export { InProcessHost } from './in-process-host.ts';
export { KeeperHost } from './keeper-host.ts';
export { planTask } from './plan-task.ts';
export { parsePluginConfig } from './plugin-config.ts';
