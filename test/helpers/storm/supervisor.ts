// Owner of the supervisor of a storm: a process of its own that has, or starts, all tasks, and is replaced when it goes.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TaskContainmentWish } from '../../../src/driver/host-groups.ts';
import { spawn } from '../../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../../src/process/spawned-process.ts';
import { cleanUp } from '../clean-up.ts';
import { fixture, moduleUrl } from '../library.ts';
import type { StormTask } from './tasks.ts';

export interface Storm {
  readonly stateDirectory: string;
  readonly cgroupParent: string;
  readonly containment: TaskContainmentWish;
  /** Of the logs, and of what the supervisor is told. */
  readonly directory: string;
  /** In the environment of all tasks. */
  readonly mark: string;
  readonly tasks: readonly StormTask[];
}

export class StormSupervisor {
  readonly #order: string;
  #process: SpawnedProcess;
  #hasAll: Promise<void>;

  constructor(t: TestContext, storm: Storm) {
    const { stateDirectory, cgroupParent, containment, directory, tasks } = storm;
    this.#order = join(directory, 'storm.json');
    const keeper = { stateDirectory, cgroupParent, containment };
    writeFileSync(this.#order, JSON.stringify({ keeper, tasks: tasks.map(({ task }) => task) }));
    [this.#process, this.#hasAll] = this.#start();
    cleanUp(t, async () => {
      this.#process.kill('SIGKILL');
      await this.#process.exited;
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Ends it by a signal that it does not survive, or lets go at, and starts the next. */
  async replace(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.end(signal);
    [this.#process, this.#hasAll] = this.#start();
  }

  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    this.#process.kill('SIGCONT');
    this.#process.kill(signal);
    const { exitCode, signal: by } = await this.#process.exited;
    assert.ok(exitCode === 0 || by === signal, `the supervisor gave up with ${exitCode}`);
  }

  /** Until each task was started or taken over. */
  async untilItHasAll(): Promise<void> {
    const ended = this.#process.exited.then(({ exitCode, signal }) => {
      throw new Error(`the supervisor has ended with ${signal ?? exitCode}`);
    });
    await Promise.race([this.#hasAll, ended]);
  }

  #start(): [SpawnedProcess, Promise<void>] {
    const started = spawn(
      process.execPath,
      [fixture('driver/storm-supervisor.mjs'), moduleUrl('driver/raw-exec-driver'), this.#order],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const { promise, resolve } = signalled();
    started.stdout?.on('data', resolve); // it says one thing, once
    return [started, promise];
  }
}

// Promise.withResolvers came with Node 22.
function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}
