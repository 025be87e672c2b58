// Worker: raw-exec with a group for each task, from the pool or made at the start; the reaping of leftovers; and statistics.

import { mkdirSync, rmdirSync } from 'node:fs';
import { measure, type Starter } from './measure.ts';
import { parseSettings, type Settings } from './settings.ts';

/** What is measured of raw-exec's insides, bundled by the harness: see bench/task-groups-library.mjs. */
interface Library {
  spawn(command: string, args: readonly string[], options: object): Child;
  TaskCgroups: new (place: object, options: object) => Groups;
  GroupStats: new (options: object) => Stats;
}

interface Stats {
  add(id: string, paths: object): void;
  readAll(): { readonly size: number };
  close(): void;
}

interface Child {
  readonly pid: number;
  on(event: 'exit', listener: (status: { readonly code: number | null }) => void): void;
  kill(signal: string): boolean;
  readonly exited: Promise<unknown>;
}

interface Group {
  readonly paths: object;
  spawnOption(): object;
  remove(): Promise<void>;
}

interface Groups {
  open(taskId: string, limits?: object): Group;
  fillPool(limits?: object): Promise<void>;
  reapLeftovers(): Promise<{ readonly removed: readonly string[] }>;
  close(): Promise<void>;
}

const limits = { memoryMaxBytes: 256 * 1024 * 1024, cpuShares: 500, pidsMax: 100 };
const controllers = ['memory', 'cpu', 'pids'];
const leftovers = 1000;

function parentsOf({ cgroup = '', cgroupVersion }: Settings): readonly string[] {
  const name = `task-groups-${process.pid}`;
  if (cgroupVersion === 2) return [`${cgroup}/${name}`];
  return controllers.map((controller) => `${cgroup.replace('/pids/', `/${controller}/`)}-${name}`);
}

function placeOf(parents: readonly string[], version: 1 | 2): object {
  if (version === 2) return { parent: { v2: parents[0], v1: [] }, controllers: [] };
  const v1 = parents.map((directory, index) => ({ controller: controllers[index], directory }));
  return { parent: { v1 }, controllers };
}

async function makeStarter(
  settings: Settings,
  { spawn }: Library,
  groups: Groups,
  wanted: object,
): Promise<Starter & { removeAll(): Promise<void> }> {
  if (settings.groups === 'pooled') await groups.fillPool(wanted);
  const retired: { remove(): Promise<void> }[] = [];
  return {
    // Not while it is measured: what a removal costs is no part of a start, and pinned it would be in its way.
    removeAll: async () => {
      await Promise.all(retired.map((group) => group.remove()));
    },
    start(seen) {
      const group = groups.open('bench/task', wanted);
      const options = { stdio: 'ignore', cgroup: group.spawnOption() };
      const child = spawn(settings.target, [], options);
      child.on('exit', ({ code }) => {
        retired.push(group);
        seen(code, 0);
      });
    },
    startSleeper() {
      const child = spawn(settings.sleeper, [], { stdio: 'ignore' });
      return () => child.kill('SIGKILL');
    },
  };
}

/** A process of its own makes the groups and ends without removing them. */
async function leave(library: Library, place: object): Promise<void> {
  const order = JSON.stringify(place);
  const child = library.spawn(
    process.execPath,
    [...process.argv.slice(1, 2), ...process.argv.slice(2), `leave=${order}`],
    { stdio: 'ignore' },
  );
  await child.exited;
}

async function measureReaping(library: Library, place: object, groups: Groups): Promise<void> {
  const samples: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await leave(library, place);
    const started = process.hrtime.bigint();
    const { removed } = await groups.reapLeftovers();
    const took = Number(process.hrtime.bigint() - started);
    if (removed.length !== leftovers) throw new Error(`${removed.length} groups were reaped`);
    samples.push(took / leftovers);
  }
  process.stdout.write(`${JSON.stringify({ call: samples, seen: samples })}\n`);
}

/** Time for each task, of all in one call. */
async function measureStatistics(
  { GroupStats }: Library,
  groups: Groups,
  { groupCount, iterations, warmup, maxMs }: Settings,
): Promise<void> {
  const stats = new GroupStats({ maxOpenFiles: 40_000 });
  const open: Group[] = [];
  for (let index = 0; index < groupCount; index += 1) {
    const group = groups.open(`bench/${index}`, limits);
    open.push(group);
    stats.add(`${index}`, group.paths);
  }
  const samples: number[] = [];
  const end = performance.now() + maxMs;
  for (let count = -warmup; count < iterations && performance.now() < end; count += 1) {
    const started = process.hrtime.bigint();
    stats.readAll();
    if (count >= 0) samples.push(Number(process.hrtime.bigint() - started) / groupCount);
  }
  stats.close();
  await Promise.all(open.map((group) => group.remove()));
  process.stdout.write(`${JSON.stringify({ call: samples, seen: samples })}\n`);
}

async function run(args: readonly string[]): Promise<void> {
  const settings = parseSettings(args);
  const library = (await import(settings.library)) as Library;
  const order = args.find((argument) => argument.startsWith('leave='));
  if (order !== undefined) {
    const left = new library.TaskCgroups(JSON.parse(order.slice('leave='.length)) as object, {
      poolSize: leftovers,
    });
    await left.fillPool(settings.cgroupVersion === 1 ? limits : {});
    return;
  }
  if (settings.cgroup === undefined)
    throw new Error('this worker needs cgroup=, a group to make others in');
  const parents = parentsOf(settings);
  for (const parent of parents) mkdirSync(parent);
  const place = placeOf(parents, settings.cgroupVersion);
  const wanted = settings.cgroupVersion === 1 ? limits : {};
  // Enough for all starts: the pool is filled off the start's path, and pinned it would be in its way.
  const poolSize = settings.groups === 'pooled' ? settings.iterations + settings.warmup : 0;
  const groups = new library.TaskCgroups(place, { poolSize, refillBelow: 0 });
  try {
    if (settings.groups === 'reap') {
      await measureReaping(library, place, groups);
    } else if (settings.groups === 'statistics') {
      await measureStatistics(library, groups, settings);
    } else {
      const starter = await makeStarter(settings, library, groups, wanted);
      await measure(args, () => starter);
      await starter.removeAll();
    }
  } finally {
    await groups.close();
    for (const parent of parents) rmdirSync(parent);
  }
}

await run(process.argv.slice(2));
