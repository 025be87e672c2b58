// Owner of what is done to the processes of a keeper and to its supervisor: killed, stopped, continued, replaced.

import { setTimeout as delay } from 'node:timers/promises';
import { KeeperClient } from '../../../src/keeper/keeper-client.ts';
import { eventually } from '../eventually.ts';
import { holdersOf, keepersOf, pumpsOf, reapersOf } from '../keeper-folder.ts';
import { childrenOf, parentOf, signal } from './processes.ts';
import { oneOf, type Random } from './random.ts';

/**
 * Without what looks like one of them and is a task on its way: a child of the holder that has not reached its program, or of a reaper,
 * which may have reached its own before.
 */
const parts = {
  keeper: (folder: string) => withoutChildren(keepersOf(folder), folder),
  holder: (folder: string) => withoutChildren(holdersOf(folder), folder),
  pump: pumpsOf,
} as const;
type Part = keyof typeof parts;

function withoutChildren(pids: readonly number[], folder: string): number[] {
  const parents = new Set([...pids, ...reapersOf(folder)]);
  return pids.filter((pid) => !parents.has(parentOf(pid) ?? 0));
}

const longestPauseMs = 60;

/** Who has the tasks started. */
export interface Replaceable {
  readonly pid: number;
  replace(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export class Blows {
  /** What was done, in words. */
  readonly done: string[] = [];
  /** Processes that had no living parent of ours left: where the kernel does not tell, nobody saw how these ended. */
  readonly orphans = new Set<number>();
  readonly #folder: string;
  readonly #random: Random;
  readonly #supervisor: Replaceable;
  readonly #stopped = new Set<number>();

  constructor(folder: string, random: Random, supervisor: Replaceable) {
    this.#folder = folder;
    this.#random = random;
    this.#supervisor = supervisor;
  }

  async strike(): Promise<void> {
    const part = oneOf(this.#random, ['keeper', 'holder', 'pump', 'supervisor'] as const);
    const verb = oneOf(this.#random, ['kill', 'kill', 'stop', 'replace'] as const);
    this.done.push(`${verb} ${part}`);
    if (part === 'supervisor') await this.#strikeSupervisor(verb);
    else if (verb === 'stop') this.#stop(parts[part](this.#folder));
    else await this.#kill(part);
    // The rhythm of the storm, of its seed like all else. Nothing is waited for here.
    await delay(this.#random(longestPauseMs));
    if (this.#stopped.size > 0 && this.#random(2) === 0) this.goOn();
  }

  /** Whoever is stopped continues. */
  goOn(): void {
    for (const pid of this.#stopped) signal(pid, 'SIGCONT');
    if (this.#stopped.size > 0) this.done.push('continue');
    this.#stopped.clear();
  }

  async #strikeSupervisor(verb: 'kill' | 'stop' | 'replace'): Promise<void> {
    if (verb === 'stop') return this.#stop([this.#supervisor.pid]);
    this.#stopped.delete(this.#supervisor.pid);
    await this.#supervisor.replace(verb === 'kill' ? 'SIGKILL' : 'SIGTERM');
  }

  #stop(pids: readonly number[]): void {
    for (const pid of pids) {
      if (signal(pid, 'SIGSTOP')) this.#stopped.add(pid);
    }
  }

  /**
   * One after the other: what a FIFO holds when keeper and pump are dead at once goes with its task. With holder and keeper
   * stopped, nobody would replace anybody.
   */
  async #kill(part: Part): Promise<void> {
    const before = parts[part](this.#folder);
    if (part !== 'pump') this.goOn();
    for (const pid of before) {
      this.#noteOrphans(part, pid);
      signal(pid, 'SIGKILL');
      this.#stopped.delete(pid);
    }
    if (part === 'keeper') await this.#untilServed(before);
    if (part === 'holder') {
      await eventually('another holder', () => {
        return holdersOf(this.#folder).some((pid) => !before.includes(pid)) || undefined;
      });
    }
  }

  #noteOrphans(part: Part, pid: number): void {
    if (part === 'pump') return;
    const heirs = part === 'holder' ? keepersOf(this.#folder) : [];
    const isInherited = heirs.some((heir) => childrenOf(heir).includes(pid));
    if (isInherited) return;
    for (const child of childrenOf(pid)) this.orphans.add(child);
  }

  /** By a new keeper, which has found all tasks and their FIFOs then. */
  async #untilServed(before: readonly number[]): Promise<void> {
    const client = new KeeperClient(this.#folder);
    try {
      await eventually('another keeper serves', async () => {
        const connection = await client.connection();
        return before.includes(connection.welcome.keeperPid) ? undefined : true;
      });
    } finally {
      await client.close();
    }
  }
}
