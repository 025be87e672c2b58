// Owner of tasks that a keeper holds, for the workers that measure it.

import { readdirSync, readFileSync } from 'node:fs';
import { measureNotice } from './measure.ts';
import type { Settings } from './settings.ts';

/** Bundled by the harness: see bench/keeper-library.mjs. */
export interface Library {
  TaskCgroups: new (place: object, options: object) => Groups;
  KeeperClient: new (stateDirectory: string) => Client;
}

interface Group {
  readonly paths: { readonly v2: string };
  spawnOption(): object;
  remove(): Promise<void>;
}

export interface Groups {
  open(taskId: string): Group;
  fillPool(): Promise<void>;
  close(): Promise<void>;
}

export interface Client {
  readonly events: { on(event: 'exited', listener: (exited: { id: string }) => void): void };
  connection(): Promise<{ readonly welcome: { keeperPid: number; holderPid: number } }>;
  start(start: object): Promise<{ readonly pid: number }>;
  stop(id: string, killGraceMs: number, steps: Int32Array): Promise<unknown>;
  list(): Promise<readonly { readonly id: string }[]>;
  adopt(id: string): Promise<unknown>;
  logStatus(id: string): Promise<unknown>;
  forget(id: string): Promise<void>;
  setHeld(isHeld: boolean): void;
  close(): Promise<void>;
}

/** Nanoseconds. */
export const now = (): number => Number(process.hrtime.bigint());
const noSteps = new Int32Array();
/** How many requests are under way at a time where many tasks are begun or ended. */
const startBatch = 20;
const endBatch = 1000;

export class KeptTasks {
  readonly #groups: Groups;
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #ends = new Map<string, () => void>();
  readonly #open = new Map<string, Group>();
  readonly #sleepers = new Set<string>();
  /** Starts that are under way; what has become of them is known when they are over. */
  readonly #starting = new Set<Promise<void>>();
  #isEnding = false;

  constructor(groups: Groups, client: Client, settings: Settings) {
    this.#groups = groups;
    this.#client = client;
    this.#settings = settings;
    client.events.on('exited', ({ id }) => this.#ends.get(id)?.());
  }

  /** @param logs directory for the files of stdout and stderr; neither is kept without it */
  async #start(id: string, command: string, logs?: string): Promise<number> {
    if (this.#isEnding) throw new Error('all tasks are being ended');
    const group = this.#groups.open(id);
    this.#open.set(id, group);
    const { pid } = await this.#client.start({
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
        stdout: logs === undefined ? undefined : logIn(logs, `${id.replace('/', '-')}.stdout`),
        stderr: logs === undefined ? undefined : logIn(logs, `${id.replace('/', '-')}.stderr`),
      },
    });
    return pid;
  }

  /** So many more sleeping tasks, a few at a time. */
  async startSleepers(count: number, logs?: string): Promise<void> {
    const wanted = this.#sleepers.size + count;
    while (this.#sleepers.size < wanted) {
      const from = this.#sleepers.size;
      const some = Array.from(
        { length: Math.min(startBatch, wanted - from) },
        (_, index) => `sleeper/${from + index}`,
      );
      const batch = inFull(some, (id) => this.#startSleeper(id, logs));
      this.#starting.add(batch);
      await batch.finally(() => this.#starting.delete(batch));
    }
  }

  async #startSleeper(id: string, logs: string | undefined): Promise<void> {
    await this.#start(id, this.#settings.sleeper, logs);
    this.#sleepers.add(id);
  }

  get lastSleeper(): string {
    return `sleeper/${this.#sleepers.size - 1}`;
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

  /** A running task is killed from here. */
  async notice(serial: number): Promise<readonly [number, number]> {
    const id = `bench/${serial}`;
    const times = await measureNotice((told) => {
      this.#ends.set(id, told);
      return this.#start(id, this.#settings.sleeper);
    });
    this.#ends.delete(id);
    await this.#client.forget(id);
    return times;
  }

  async #end(id: string): Promise<void> {
    if (this.#sleepers.has(id)) {
      await this.#client.stop(id, 5000, noSteps);
      await this.#client.forget(id);
    }
    await this.#open.get(id)?.remove();
    this.#open.delete(id);
  }

  async endAll(): Promise<void> {
    this.#isEnding = true;
    await Promise.allSettled(this.#starting);
    // At once: an end that is nobody's child takes as long as init takes to reap.
    const all = [...this.#open.keys()];
    for (let at = 0; at < all.length; at += endBatch) {
      await inFull(all.slice(at, at + endBatch), (id) => this.#end(id));
    }
  }
}

/** All of them end before the first failure is told: what has been started is known then. */
async function inFull(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(ids.map(act));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

const logIn = (directory: string, name: string): object => ({
  directory,
  name,
  maxFiles: 2,
  maxFileSize: 1 << 20,
  mode: 0o600,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  pump: 0,
  whenFull: 0,
});

/** The processes of a state directory that were given it by name: keeper and holder. */
export function processesOf(directory: string): number[] {
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
