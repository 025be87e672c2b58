// Worker: tasks that a keeper starts and holds. `call`: until the keeper tells that the program runs; `seen`: until it tells
// how it has ended. And what it takes to find running tasks again.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings, type Settings } from './settings.ts';

/** Bundled by the harness: see bench/keeper-library.mjs. */
interface Library {
  TaskCgroups: new (place: object, options: object) => Groups;
  KeeperClient: new (stateDirectory: string) => Client;
}

interface Group {
  readonly paths: { readonly v2: string };
  spawnOption(): object;
  remove(): Promise<void>;
}

interface Groups {
  open(taskId: string): Group;
  fillPool(): Promise<void>;
  close(): Promise<void>;
}

interface Client {
  readonly events: { on(event: 'exited', listener: (exited: { id: string }) => void): void };
  connection(): Promise<{ readonly welcome: { keeperPid: number; holderPid: number } }>;
  start(start: object): Promise<{ readonly pid: number }>;
  stop(id: string, killGraceMs: number, steps: Int32Array): Promise<unknown>;
  list(): Promise<readonly { readonly id: string }[]>;
  adopt(id: string): Promise<unknown>;
  forget(id: string): Promise<void>;
  setHeld(isHeld: boolean): void;
  close(): Promise<void>;
}

const now = (): number => Number(process.hrtime.bigint());
const noSteps = new Int32Array();

class Bench {
  readonly #groups: Groups;
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #ends = new Map<string, () => void>();
  readonly #open = new Map<string, Group>();

  constructor(groups: Groups, client: Client, settings: Settings) {
    this.#groups = groups;
    this.#client = client;
    this.#settings = settings;
    client.events.on('exited', ({ id }) => this.#ends.get(id)?.());
  }

  async #start(id: string, command: string): Promise<void> {
    const group = this.#groups.open(id);
    this.#open.set(id, group);
    await this.#client.start({
      command,
      args: [],
      options: {
        env: {},
        stdio: 'ignore',
        cwd: '/',
        processGroup: 'new',
        cgroup: group.spawnOption(),
      },
      task: {
        id,
        v2Group: group.paths.v2,
        v1Groups: [],
        attachment: '',
        isKilledWithSupervisor: 0,
        steps: noSteps,
        stdout: undefined,
        stderr: undefined,
      },
    });
  }

  /** Sleeping tasks, a few at a time. */
  async startSleepers(count: number): Promise<void> {
    for (let at = 0; at < count; at += 20) {
      const some = Array.from(
        { length: Math.min(20, count - at) },
        (_, index) => `sleeper/${at + index}`,
      );
      await Promise.all(some.map((id) => this.#start(id, this.#settings.sleeper)));
    }
  }

  async one(serial: number): Promise<readonly [number, number]> {
    const id = `bench/${serial}`;
    const ended = new Promise<void>((resolve) => this.#ends.set(id, resolve));
    const started = now();
    await this.#start(id, this.#settings.target);
    const running = now();
    await ended;
    const seen = now();
    this.#ends.delete(id);
    // Its group goes later: the kernel holds up starts into groups while it lets go of one.
    await this.#client.forget(id);
    return [running - started, seen - started];
  }

  async #end(id: string): Promise<void> {
    if (id.startsWith('sleeper/')) {
      await this.#client.stop(id, 5000, noSteps);
      await this.#client.forget(id);
    }
    await this.#open.get(id)?.remove();
    this.#open.delete(id);
  }

  async endAll(): Promise<void> {
    // At once: an end that is nobody's child takes as long as init takes to reap.
    await Promise.all([...this.#open.keys()].map((id) => this.#end(id)));
  }
}

async function measureStarts(bench: Bench, settings: Settings): Promise<object> {
  const { warmup, iterations, maxMs } = settings;
  const call: number[] = [];
  const seen: number[] = [];
  const warm = performance.now() + maxMs;
  for (let count = 0; count < warmup && performance.now() < warm; count += 1) {
    await bench.one(-1 - count);
  }
  const end = performance.now() + maxMs;
  while (call.length < iterations && (call.length === 0 || performance.now() < end)) {
    const times = await bench.one(call.length);
    call.push(times[0]);
    seen.push(times[1]);
  }
  return { call, seen };
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

function processesOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => commandOf(pid).includes(directory) && commandOf(pid)[0]?.endsWith('raw-exec-keeper'),
    );
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It has ended since the listing.
    return [];
  }
}

async function run(args: readonly string[]): Promise<void> {
  const settings = parseSettings(args);
  const library = (await import(settings.library)) as Library;
  const parent = `${settings.cgroup ?? ''}/keeper-${process.pid}`;
  mkdirSync(parent);
  const folder = mkdtempSync(join(tmpdir(), 'raw-exec-bench-'));
  const directory = join(folder, 'keeper');
  const poolSize = settings.iterations + settings.warmup;
  const groups = new library.TaskCgroups(
    { parent: { v2: parent, v1: [] }, controllers: [] },
    { poolSize, refillBelow: 0 },
  );
  const client = new library.KeeperClient(directory);
  const bench = new Bench(groups, client, settings);
  // Ends are waited for, and are told without a request.
  client.setHeld(true);
  try {
    await bench.startSleepers(settings.children);
    await groups.fillPool();
    const measure = {
      recovery: () => measureRecovery(library, directory),
      adoption: () => measureAdoption(client, directory),
    };
    const kind =
      settings.groups === 'recovery' || settings.groups === 'adoption'
        ? settings.groups
        : undefined;
    const result =
      kind === undefined ? await measureStarts(bench, settings) : await measure[kind]();
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await bench.endAll();
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
