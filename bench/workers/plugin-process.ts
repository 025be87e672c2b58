// Owner of a plugin for the worker that measures it: the process, its keeper, its tasks, and what is asked of it as Nomad's client asks.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from './kept-tasks.ts';

/** Bundled by the harness: see bench/plugin-library.mjs. */
export interface Library {
  connect(socket: string): Connection;
  encode(value: unknown): Uint8Array;
}

type Call<Answer = unknown> = (request: object) => Promise<Answer>;

interface Connection {
  readonly base: { readonly setConfig: Call };
  readonly driver: {
    readonly init: Call;
    readonly startTask: Call;
    readonly waitTask: Call;
    readonly destroyTask: Call;
    readonly inspectTask: Call<{ readonly driver?: { readonly attributes: { pid?: string } } }>;
    readonly taskStats: (request: object) => Answers;
    readonly taskEvents: (request: object) => Answers;
    readonly fingerprint: (request: object) => Answers;
  };
  readonly controller: { readonly shutdown: Call };
  close(): void;
}

/** A call with many answers. */
interface Answers extends Readable {
  cancel(): void;
}

/** What go-plugin says to a driver of Nomad. */
const handshake = {
  NOMAD_PLUGIN_MAGIC_COOKIE: 'e4327c2e01eabfd75a8a67adb114fb34a757d57eee7728d857a8cec6e91a7255',
  PLUGIN_PROTOCOL_VERSIONS: '2',
};
/** Of its own: the usual one is removed by whoever ends last. */
export const cgroupParent = `raw-exec-bench-${process.pid}`;
const pollMs = 5;
/** How many requests are under way at a time where many tasks are begun or ended. */
const batch = 50;

export class PluginProcess {
  readonly folder: string;
  readonly #command: string;
  readonly #library: Library;
  readonly #ids = new Set<string>();
  /** For as long as the plugin runs. */
  readonly #open: Answers[] = [];
  #process: ChildProcess | undefined;
  #connection: Connection | undefined;

  /** @param command the bundled command line */
  constructor(command: string, library: Library) {
    this.#command = command;
    this.#library = library;
    // In memory: what a disk takes is not asked.
    const inMemory = '/dev/shm';
    this.folder = mkdtempSync(
      join(existsSync(inMemory) ? inMemory : tmpdir(), 'raw-exec-bench-plugin-'),
    );
  }

  get #asked(): Connection {
    if (this.#connection === undefined) throw new Error('the plugin is not started');
    return this.#connection;
  }

  /** The plugin's and its keeper's. */
  get pids(): number[] {
    return [this.#process?.pid ?? 0, ...processesOf(this.#stateDirectory)];
  }

  get #stateDirectory(): string {
    return join(this.folder, 'state');
  }

  /** Resolves with the socket of its handshake line. It serves nobody yet. */
  async launch(): Promise<string> {
    const env = { ...process.env, ...handshake, PLUGIN_UNIX_SOCKET_DIR: this.folder };
    const child = spawn(process.execPath, [this.#command, 'plugin'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const socket = /^1\|2\|unix\|([^|]+)\|grpc\|/.exec(String(line))?.[1];
    if (socket === undefined) throw new Error(`no handshake line: ${String(line)}`);
    return socket;
  }

  /** With its configuration, and the calls that Nomad's client holds open. */
  async start(): Promise<void> {
    this.#connection = this.#library.connect(await this.launch());
    const { base, driver } = this.#connection;
    const config = { enabled: true, state_dir: this.#stateDirectory, cgroup_parent: cgroupParent };
    await base.setConfig({ msgpackConfig: this.#library.encode(config) });
    await driver.init({});
    for (const stream of [driver.fingerprint({}), driver.taskEvents({})]) {
      // Cancelled at the end: that is no failure.
      this.#open.push(stream.on('error', () => undefined).resume());
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    this.#process = undefined;
  }

  /** With its tasks and its keeper. */
  async end(): Promise<void> {
    const child = this.#process;
    if (this.#connection !== undefined && child !== undefined) {
      // Streams of its usage end with a task. More than 1,000 that are cancelled at once are an attack to the server's HTTP/2.
      await inBatches([...this.#ids], (id) => this.destroyTask(id));
      for (const stream of this.#open) stream.cancel();
      const ended = once(child, 'close');
      await this.#connection.controller.shutdown({});
      await ended;
      this.#connection.close();
    } else await this.kill();
    for (const pid of processesOf(this.#stateDirectory)) process.kill(pid, 'SIGTERM');
    while (processesOf(this.#stateDirectory).length > 0) await delay(pollMs);
    removeGroups();
    rmSync(this.folder, { recursive: true });
  }

  /** The directory of an allocation with one task, as Nomad's client makes it. */
  makeAllocation(id: string): string {
    const directory = join(this.folder, 'alloc', id);
    mkdirSync(join(directory, 'task', 'local'), { recursive: true });
    return directory;
  }

  /** @param program runs without arguments */
  startTask(id: string, program: string): Promise<unknown> {
    return this.prepareStart(id, program)();
  }

  /** With all that its host has ready before it asks. @returns what asks */
  prepareStart(id: string, program: string): () => Promise<unknown> {
    const request = {
      task: {
        id,
        name: 'task',
        allocId: id,
        allocDir: this.makeAllocation(id),
        msgpackDriverConfig: this.#library.encode({ command: program, args: [] }),
        stdoutPath: '/dev/null',
        stderrPath: '/dev/null',
        resources: {
          allocatedResources: { cpu: { cpuShares: 100n }, memory: { memoryMb: 64n } },
        },
      },
    };
    return () => {
      this.#ids.add(id);
      return this.#asked.driver.startTask(request);
    };
  }

  /** Those of the ids that `from` and `count` name, some at a time. */
  async startTasks(program: string, from: number, count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, index) => `sleeper-${from + index}`);
    await inBatches(ids, (id) => this.startTask(id, program));
    return ids;
  }

  async destroyTask(id: string): Promise<void> {
    await this.#asked.driver.destroyTask({ taskId: id, force: true });
    this.#ids.delete(id);
  }

  waitTask(id: string): Promise<unknown> {
    return this.#asked.driver.waitTask({ taskId: id });
  }

  async pidOf(id: string): Promise<number> {
    const { driver } = await this.#asked.driver.inspectTask({ taskId: id });
    return Number(driver?.attributes.pid);
  }

  /** @param onSample called for each answer */
  streamStats(id: string, seconds: number, onSample: () => void): void {
    const collectionInterval = { seconds: BigInt(seconds), nanos: 0 };
    const stream = this.#asked.driver.taskStats({ taskId: id, collectionInterval });
    stream.on('data', onSample);
  }
}

/** All of them end before the first failure is told: what has been started is known then. */
export async function inBatches(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < ids.length; at += batch) {
    const ends = await Promise.allSettled(ids.slice(at, at + batch).map(act));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/** What the last keeper has left of the parent of all groups, which is empty by now. */
function removeGroups(): void {
  const top = '/sys/fs/cgroup';
  for (const below of ['', ...readdirSync(top)]) {
    const group = join(top, below, cgroupParent);
    if (existsSync(group)) rmdirSync(group);
  }
}
