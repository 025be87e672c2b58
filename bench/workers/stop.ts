// Worker: raw-exec ends everything in a group that it has made.

import { once } from 'node:events';
import { mkdirSync, rmdirSync } from 'node:fs';
import type { SpawnedProcess, SpawnOptions } from 'raw-exec';
import { parseSettings, type Settings } from './settings.ts';

/** bench/containment.mjs. */
interface Library {
  spawn(command: string, args: readonly string[], options: SpawnOptions): SpawnedProcess;
  containByGroups(groups: { v2: string; v1: readonly [] }): { close(): void };
  stopContained(
    child: SpawnedProcess,
    containment: object,
    options: { steps: readonly [] },
  ): Promise<{ isStuck: boolean; killed: number }>;
}

async function measureOne(
  library: Library,
  { cgroup, target, targetArgument }: Settings,
  serial: number,
): Promise<number> {
  const group = `${cgroup ?? ''}/stop-${process.pid}-${serial}`;
  mkdirSync(group);
  const child = library.spawn(target, [targetArgument], {
    stdio: ['ignore', 'pipe', 'ignore'],
    cgroup: group,
  });
  const containment = library.containByGroups({ v2: group, v1: [] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  const started = process.hrtime.bigint();
  const { isStuck, killed } = await library.stopContained(child, containment, { steps: [] });
  const seen = Number(process.hrtime.bigint() - started);
  containment.close();
  rmdirSync(group);
  if (isStuck || killed !== Number(targetArgument)) throw new Error(`${killed} killed`);
  return seen;
}

const settings = parseSettings(process.argv.slice(2));
const library = (await import(settings.library)) as Library;
const seen: number[] = [];
const end = performance.now() + settings.maxMs;
for (let count = -settings.warmup; count < settings.iterations; count += 1) {
  const took = await measureOne(library, settings, count);
  if (count >= 0) seen.push(took);
  if (count >= 0 && performance.now() > end) break;
}
// The whole is one promise: there is no call that holds the caller.
process.stdout.write(`${JSON.stringify({ call: seen, seen })}\n`);
