// Worker: the driver as a plugin of Nomad, asked over gRPC as Nomad's client asks it. Figures of one run; times are milliseconds.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RawExecDriver } from 'raw-exec';
import { cpuTicks, residentKib } from './agent-process.ts';
import { processesOf } from './kept-tasks.ts';
import { measureNotice } from './measure.ts';
import { cgroupParent, type Library, PluginProcess } from './plugin-process.ts';
import { readPairs } from './settings.ts';

type Figures = Readonly<Record<string, number>>;

const pairs = readPairs(process.argv.slice(2));
const given = (key: string): number => Number(pairs.get(key) ?? 0);
const sleeper = pairs.get('sleeper') ?? '/bin/sleep';
const ticksPerSecond = 100;
/** Starts until the compiler has settled, as in a plugin that has run for a while. */
const warmup = Math.min(300, given('repeats'));
/** What the starts have left to do is done. */
const settleMs = 2000;

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

const spread = (values: readonly number[]): Figures => ({
  'ms p50': quantile(values, 0.5),
  'ms p99': quantile(values, 0.99),
});

async function timed(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

/** The driver that the plugin has, in this process, with a keeper of its own. */
class OwnDriver {
  readonly #driver: RawExecDriver;
  readonly #directory: string;

  private constructor(driver: RawExecDriver, directory: string) {
    this.#driver = driver;
    this.#directory = directory;
  }

  static async create(folder: string): Promise<OwnDriver> {
    const stateDirectory = join(folder, 'own-state');
    // As the plugin has it: no groups are kept ready.
    const keeper = { stateDirectory, poolSize: 0, cgroupParent };
    const driver = await RawExecDriver.create({ config: { enabled: true }, keeper });
    return new OwnDriver(driver, stateDirectory);
  }

  startTask(id: string, allocation: string): Promise<unknown> {
    return this.#driver.startTask({
      id,
      name: 'task',
      driverConfig: { command: sleeper, args: [] },
      env: {},
      taskDir: join(allocation, 'task'),
      stdoutPath: '/dev/null',
      stderrPath: '/dev/null',
      outputHasReader: true,
      resources: { cpu: 100, memoryMb: 64 },
    });
  }

  destroyTask(id: string): Promise<void> {
    return this.#driver.destroyTask(id, { force: true });
  }

  async end(): Promise<void> {
    await this.#driver.close();
    for (const pid of processesOf(this.#directory)) process.kill(pid, 'SIGTERM');
    while (processesOf(this.#directory).length > 0) await delay(5);
  }
}

const measures: Readonly<Record<string, (plugin: PluginProcess) => Promise<Figures>>> = {
  async startTask(plugin) {
    const own = await OwnDriver.create(plugin.folder);
    const times: number[] = [];
    const ownTimes: number[] = [];
    const viaPlugin = async (id: string): Promise<number> => {
      const ms = await timed(plugin.prepareStart(id, sleeper));
      await plugin.destroyTask(id);
      return ms;
    };
    const here = async (id: string): Promise<number> => {
      const allocation = plugin.makeAllocation(id);
      const ms = await timed(() => own.startTask(id, allocation));
      await own.destroyTask(id);
      return ms;
    };
    try {
      for (let round = -warmup; round < given('repeats'); round += 1) {
        const one = await viaPlugin(`task-${round}`);
        const other = await here(`own-${round}`);
        if (round < 0) continue;
        times.push(one);
        ownTimes.push(other);
      }
    } finally {
      await own.end();
    }
    return { ...spread(times), 'in process: ms p50': quantile(ownTimes, 0.5) };
  },

  async waitTask(plugin) {
    const times: number[] = [];
    for (let round = -warmup; round < given('repeats'); round += 1) {
      const id = `task-${round}`;
      await plugin.startTask(id, sleeper);
      const [, seen] = await measureNotice(async (told) => {
        void plugin.waitTask(id).then(told);
        // Asked behind it on the same connection: the plugin has it once this is answered.
        return plugin.pidOf(id);
      });
      if (round >= 0) times.push(seen / 1e6);
      await plugin.destroyTask(id);
    }
    return spread(times);
  },

  async idle(plugin) {
    const count = given('children');
    await plugin.startTasks(sleeper, 0, 1);
    void plugin.waitTask('sleeper-0');
    await delay(settleMs);
    const before = residentKib(plugin.pids);
    for (const id of await plugin.startTasks(sleeper, 1, count - 1)) void plugin.waitTask(id);
    await delay(settleMs);
    const idleTicks = cpuTicks(plugin.pids);
    const started = performance.now();
    await delay(given('seconds') * 1000);
    const seconds = (performance.now() - started) / 1000;
    const cores = (cpuTicks(plugin.pids) - idleTicks) / ticksPerSecond / seconds;
    // V8 gives back what the starts took from the heap when nothing has happened for half a minute.
    const after = residentKib(plugin.pids);
    return {
      tasks: count,
      '% of a core': cores * 100,
      'MiB with one task': before / 1024,
      'KiB a task': (after - before) / (count - 1),
    };
  },

  async stats(plugin) {
    const count = given('children');
    const ids = await plugin.startTasks(sleeper, 0, count);
    let samples = 0;
    // Over the second, as tasks that were started at any time.
    for (const [index, id] of ids.entries()) {
      plugin.streamStats(id, 1, () => {
        samples += 1;
      });
      if (index % 50 === 49) await delay(50);
    }
    await delay(settleMs);
    const before = cpuTicks(plugin.pids);
    const started = performance.now();
    samples = 0;
    await delay(given('seconds') * 1000);
    const seconds = (performance.now() - started) / 1000;
    const cores = (cpuTicks(plugin.pids) - before) / ticksPerSecond / seconds;
    return { tasks: count, '% of a core': cores * 100, 'samples/s': samples / seconds };
  },

  async throughput(plugin) {
    const count = given('children');
    // A plugin that has run for a while.
    const first = await plugin.startTasks(sleeper, 0, count);
    for (const id of first) await plugin.destroyTask(id);
    const starts = first.map((id) => plugin.prepareStart(`all-${id}`, sleeper));
    const ms = await timed(() => Promise.all(starts.map((start) => start())));
    return { tasks: count, 'tasks/s': count / (ms / 1000) };
  },
};

async function measureLaunch(plugin: PluginProcess): Promise<Figures> {
  const times: number[] = [];
  for (let round = 0; round < given('repeats'); round += 1) {
    times.push(await timed(() => plugin.launch()));
    await plugin.kill();
  }
  return spread(times);
}

async function run(plugin: PluginProcess): Promise<Figures> {
  const what = pairs.get('what') ?? '';
  if (what === 'start') return measureLaunch(plugin);
  const measure = measures[what];
  if (measure === undefined) throw new Error('what is to be measured?');
  await plugin.start();
  return measure(plugin);
}

const library = (await import(pairs.get('library') ?? '')) as Library;
const plugin = new PluginProcess(pairs.get('command') ?? '', library);
const interrupted = new Promise<never>((_, reject) => {
  process.once('SIGTERM', () => reject(new Error('interrupted')));
});
try {
  const figures = await Promise.race([run(plugin), interrupted]);
  process.stdout.write(`${JSON.stringify({ figures })}\n`);
} finally {
  await plugin.end();
}
