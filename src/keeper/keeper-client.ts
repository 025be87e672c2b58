// Owner of the connection to the keeper of one state directory: made when it is needed, made again at once when it is lost.

import { EventEmitter } from 'node:events';
import { RawExecError } from '../errors.ts';
import {
  type KeeperExited,
  KeeperKind,
  type KeeperPage,
  type KeeperSignalled,
  type KeeperStarted,
  type KeeperStopped,
  type KeeperTaskInfo,
} from '../native/keeper.ts';
import { native } from '../native.ts';
import { KeeperConnection } from './keeper-connection.ts';
import { startKeeper } from './start-keeper.ts';
import { type KeptStart, startKept } from './start-kept.ts';

export interface KeeperClientEvents {
  /** A task's main process has ended; of any task of this keeper. Some ends are told twice. */
  exited: [exited: KeeperExited];
  /** A new keeper has taken over: what has happened meanwhile was not told. */
  replaced: [];
  /** No keeper could be had; the next request tries again. */
  lost: [error: unknown];
}

/** How often a keeper is started before what stands in the way is told. */
const attempts = 5;
/** How soon it is tried again after no keeper could be had. */
const reconnectMs = 1000;

export class KeeperClient {
  readonly events: EventEmitter<KeeperClientEvents> = new EventEmitter();
  readonly stateDirectory: string;
  #connecting: Promise<KeeperConnection> | undefined;
  #connected: KeeperConnection | undefined;
  #isClosed = false;
  #isHeld = false;

  /** @param stateDirectory absolute */
  constructor(stateDirectory: string) {
    this.stateDirectory = stateDirectory;
  }

  /** The keeper that listens, or a new one. */
  connection(): Promise<KeeperConnection> {
    if (this.#isClosed) return Promise.reject(new Error('the keeper client has been closed'));
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async start(start: KeptStart): Promise<KeeperStarted> {
    return startKept(await this.connection(), start);
  }

  async signal(id: string, signal: number, target: number): Promise<KeeperSignalled> {
    return this.#ask(
      `send signal ${signal} to task ${id}`,
      KeeperKind.signalled,
      (keeper, request) => native.keeperSignal(keeper, request, id, signal, target),
    );
  }

  /** Asked again of a new keeper when the old one has gone: a stop may be asked for any number of times. */
  async stop(id: string, killGraceMs: number, steps: Int32Array): Promise<KeeperStopped> {
    return this.#askTillAnswered(`stop task ${id}`, KeeperKind.stopped, (keeper, request) =>
      native.keeperStop(keeper, request, id, killGraceMs, steps),
    );
  }

  /** All tasks, in the order of their start. */
  async list(): Promise<readonly KeeperTaskInfo[]> {
    const all: KeeperTaskInfo[] = [];
    for (let after = 0; ; after = all.at(-1)?.serial ?? after) {
      const page = await this.#askTillAnswered<KeeperPage>(
        'list the tasks',
        KeeperKind.tasks,
        (keeper, request) => native.keeperList(keeper, request, after),
      );
      all.push(...page.tasks);
      if (page.isLast || page.tasks.length === 0) return all;
    }
  }

  async forget(id: string): Promise<void> {
    await this.#ask(`forget task ${id}`, KeeperKind.done, (keeper, request) =>
      native.keeperForTask(keeper, request, KeeperKind.forget, id),
    );
  }

  /** From here on this process is the supervisor of the task. */
  async adopt(id: string): Promise<KeeperTaskInfo> {
    return this.#askTillAnswered(`adopt task ${id}`, KeeperKind.task, (keeper, request) =>
      native.keeperForTask(keeper, request, KeeperKind.adopt, id),
    );
  }

  /** Whether the event loop is held for what the keeper may tell. @default false */
  setHeld(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    this.#connected?.setHeld(isHeld);
  }

  /** Lets go of the keeper; its tasks go on. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // One that cannot be had needs no closing.
    const connection = await this.#connecting?.catch(() => undefined);
    connection?.close();
  }

  async #ask<Body>(
    attempt: string,
    expected: number,
    send: (keeper: number, request: number) => number,
  ): Promise<Body> {
    return (await this.connection()).request<Body>(attempt, expected, send);
  }

  async #askTillAnswered<Body>(
    attempt: string,
    expected: number,
    send: (keeper: number, request: number) => number,
  ): Promise<Body> {
    for (let left = attempts; ; left -= 1) {
      try {
        return await this.#ask<Body>(attempt, expected, send);
      } catch (error) {
        if (!isGone(error) || left <= 1 || this.#isClosed) throw error;
      }
    }
  }

  async #connect(): Promise<KeeperConnection> {
    const path = `${this.stateDirectory}/keeper.sock`;
    for (let left = attempts; ; left -= 1) {
      const connection = await openUnlessGone(path, left > 0);
      if (connection === 'gone') continue;
      if (connection !== undefined) {
        this.#watch(connection);
        return connection;
      }
      if (left === 0) {
        throw new RawExecError(
          'ERR_KEEPER_UNREACHABLE',
          `cannot reach the keeper of ${this.stateDirectory}: it was started, and nobody listens at ${path}`,
          { path },
        );
      }
      await startKeeper(this.stateDirectory);
    }
  }

  #watch(connection: KeeperConnection): void {
    this.#connected = connection;
    connection.setHeld(this.#isHeld);
    connection.events.on('exited', (exited) => this.events.emit('exited', exited));
    connection.events.once('closed', () => {
      this.#connecting = undefined;
      this.#connected = undefined;
      if (this.#isClosed) return;
      this.#reconnect();
    });
  }

  /** At once, not at the next request: exits of tasks would not be told, and a ladder would stand still. */
  #reconnect(): void {
    this.connection().then(
      () => this.events.emit('replaced'),
      (error: unknown) => {
        if (this.#isClosed) return;
        this.events.emit('lost', error);
        setTimeout(() => {
          if (!this.#isClosed && this.#connecting === undefined) this.#reconnect();
        }, reconnectMs).unref();
      },
    );
  }
}

/** @returns 'gone' for a keeper that has ended before it answered: another one may be there by now */
async function openUnlessGone(
  path: string,
  isTriedAgain: boolean,
): Promise<KeeperConnection | 'gone' | undefined> {
  try {
    return await KeeperConnection.open(path);
  } catch (error) {
    if (!isTriedAgain || !isGone(error)) throw error;
    return 'gone';
  }
}

function isGone(error: unknown): boolean {
  return error instanceof RawExecError && error.code === 'ERR_KEEPER_GONE';
}
