// Worker: tasks that a keeper starts and holds. `call`: until the keeper tells that the program runs; `seen`: until it tells
// how it has ended. And what it takes to find running tasks again, and to look after many.

import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureMemory } from './kept-memory.ts';
import {
  type Client,
  type Groups,
  KeptTasks,
  type Library,
  now,
  processesOf,
} from './kept-tasks.ts';
import { measureTimes } from './measure.ts';
import { parseSettings, type Settings } from './settings.ts';

function measureStarts(tasks: KeptTasks, settings: Settings): Promise<object> {
  let serial = 0;
  return measureTimes(settings, () => {
    serial += 1;
    return settings.mode === 'notice' ? tasks.notice(serial) : tasks.one(serial);
  });
}

/** `call`: the list of all tasks; `seen`: all of them taken over. */
async function measureRecovery(library: Library, directory: string): Promise<object> {
  const call: number[] = [];
  const seen: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const client = new library.KeeperClient(directory);
    const started = now();
    const tasks = await client.list();
    call.push(now() - started);
    await Promise.all(tasks.map(({ id }) => client.adopt(id)));
    seen.push(now() - started);
    await client.close();
  }
  return { call, seen };
}

/** Keeper and holder are killed: until a new keeper has found all tasks and lists them. */
async function measureAdoption(client: Client, directory: string): Promise<object> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { keeperPid, holderPid } = (await client.connection()).welcome;
    const started = now();
    for (const pid of [holderPid, keeperPid]) if (pid > 0) process.kill(pid, 'SIGKILL');
    while (processesOf(directory).some((pid) => pid === keeperPid)) await new Promise(setImmediate);
    await client.list();
    times.push(now() - started);
  }
  return { call: times, seen: times };
}

interface Measured {
  readonly library: Library;
  readonly groups: Groups;
  readonly client: Client;
  readonly tasks: KeptTasks;
  readonly settings: Settings;
  /** For the state directory, `keeper`, and logs. */
  readonly folder: string;
}

async function measure(measured: Measured): Promise<object> {
  const { library, groups, client, tasks, settings, folder } = measured;
  // These begin their tasks themselves: they look before and after.
  if (settings.groups === 'memory') return measureMemory(tasks, client, settings.children);
  if (settings.groups === 'logged-memory') {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    return measureMemory(tasks, client, settings.children, logs);
  }
  await tasks.startSleepers(settings.children);
  await groups.fillPool();
  const directory = join(folder, 'keeper');
  if (settings.groups === 'recovery') return measureRecovery(library, directory);
  if (settings.groups === 'adoption') return measureAdoption(client, directory);
  return measureStarts(tasks, settings);
}

/** What has been started does not end with this process: whoever interrupts it has to let it clean up. */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    process.once('SIGTERM', () => reject(new Error('interrupted')));
  });
}

async function run(args: readonly string[]): Promise<void> {
  const settings = parseSettings(args);
  const library = (await import(settings.library)) as Library;
  const parent = `${settings.cgroup ?? ''}/keeper-${process.pid}`;
  mkdirSync(parent);
  // A state directory lies below /run, in memory: two small files are made for each task.
  const inMemory = '/dev/shm';
  const folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'raw-exec-bench-'));
  const directory = join(folder, 'keeper');
  const poolSize = settings.iterations + settings.warmup;
  const groups = new library.TaskCgroups(
    { parent: { v2: parent, v1: [] }, controllers: [] },
    { poolSize, refillBelow: 0 },
  );
  const client = new library.KeeperClient(directory);
  const tasks = new KeptTasks(groups, client, settings);
  // Ends are waited for, and are told without a request.
  client.setHeld(true);
  try {
    const result = await Promise.race([
      measure({ library, groups, client, tasks, settings, folder }),
      interruption(),
    ]);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await tasks.endAll();
    await groups.close();
    const { keeperPid } = (await client.connection()).welcome;
    await client.close();
    process.kill(keeperPid, 'SIGTERM');
    while (processesOf(directory).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    rmdirSync(parent);
    rmSync(folder, { recursive: true });
  }
}

await run(process.argv.slice(2));
