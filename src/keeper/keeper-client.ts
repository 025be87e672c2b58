// Owner of the connection to the keeper of one state directory: made when it is needed, made again at once when it is lost.

import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNowMs } from '../clock.ts';
import { RawExecError } from '../errors.ts';
import {
  type KeeperExited,
  KeeperKind,
  type KeeperLogCounters,
  type KeeperPage,
  type KeeperSignalled,
  type KeeperStarted,
  type KeeperStopped,
  type KeeperTaskInfo,
} from '../native/keeper.ts';
import { native } from '../native.ts';
import { KeeperConnection } from './keeper-connection.ts';
import { isKeeperGone } from './keeper-errors.ts';
import type { KeeperGroup } from './keeper-group.ts';
import { type KeeperStart, startKeeper } from './start-keeper.ts';
import { type KeptStart, startKept } from './start-kept.ts';

export interface KeeperClientEvents {
  /** A task's main process has ended; of any task of this keeper. Some ends are told twice. */
  exited: [exited: KeeperExited];
  /** So has a command that this process has started beside a task. */
  sessionExited: [exited: KeeperExited];
  /** A new keeper has taken over: what has happened meanwhile was not told. */
  replaced: [];
  /** No keeper could be had; the next request tries again. */
  lost: [error: unknown];
}

/** How often a keeper is started before what stands in the way is told. */
const attempts = 5;
/** How long a keeper that holds the directory already may take until it listens: five seconds for its holder, and some. */
const servedWithinMs = 10_000;
const shortestPauseMs = 5;
const longestPauseMs = 250;
/** How soon it is tried again after no keeper could be had. */
const reconnectMs = 1000;

const noGroup = (): Promise<undefined> => Promise.resolve(undefined);

export class KeeperClient {
  readonly events: EventEmitter<KeeperClientEvents> = new EventEmitter();
  readonly stateDirectory: string;
  readonly #makeGroup: () => Promise<KeeperGroup | undefined>;
  #connecting: Promise<KeeperConnection> | undefined;
  #connected: KeeperConnection | undefined;
  #isClosed = false;
  #isHeld = false;

  /**
   * @param stateDirectory absolute
   * @param makeGroup for a keeper that this client starts. @default none: it stays in the groups of this process
   */
  constructor(stateDirectory: string, makeGroup: () => Promise<KeeperGroup | undefined> = noGroup) {
    this.stateDirectory = stateDirectory;
    this.#makeGroup = makeGroup;
  }

  /** The keeper that listens, or a new one. */
  connection(): Promise<KeeperConnection> {
    if (this.#isClosed) return Promise.reject(clientClosed());
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  /** @param connection to the keeper that is to do it, and no other: `ERR_KEEPER_GONE` when it has ended. @default any */
  async start(start: KeptStart, connection?: KeeperConnection): Promise<KeeperStarted> {
    return startKept(connection ?? (await this.connection()), start);
  }

  /** @param session serial of a command beside the task. @default the task with all of them */
  async signal(id: string, signal: number, target: number, session = 0): Promise<KeeperSignalled> {
    return this.#ask(
      `send signal ${signal} to ${session === 0 ? '' : 'a command beside '}task ${id}`,
      KeeperKind.signalled,
      (keeper, request) => native.keeperSignal(keeper, request, id, signal, target, session),
    );
  }

  /**
   * Asked again of a new keeper when the old one has gone: a stop may be asked for any number of times.
   * @param session serial of a command beside the task. @default the task with all of them
   */
  async stop(
    id: string,
    killGraceMs: number,
    steps: Int32Array,
    session = 0,
  ): Promise<KeeperStopped> {
    return this.#askTillAnswered(
      `stop ${session === 0 ? '' : 'a command beside '}task ${id}`,
      KeeperKind.stopped,
      (keeper, request) => native.keeperStop(keeper, request, id, killGraceMs, steps, session),
    );
  }

  /**
   * From here on the task has another attachment, also for later supervisors.
   * @param attachment called when it is sent, so that of several changes the last one stays
   */
  async describe(id: string, attachment: () => string): Promise<void> {
    await this.#askTillAnswered(
      `write down what has changed of task ${id}`,
      KeeperKind.done,
      (keeper, request) => native.keeperDescribe(keeper, request, id, attachment()),
    );
  }

  /** All tasks, in the order of their start. */
  async list(): Promise<readonly KeeperTaskInfo[]> {
    return (await this.#listAll()).filter(({ sessionOf }) => sessionOf === 0);
  }

  /** All commands beside tasks that nobody has forgotten. */
  async sessions(): Promise<readonly KeeperTaskInfo[]> {
    return (await this.#listAll()).filter(({ sessionOf }) => sessionOf !== 0);
  }

  async #listAll(): Promise<readonly KeeperTaskInfo[]> {
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

  /** For a command that has ended. */
  async forgetSession(id: string, session: number): Promise<void> {
    await this.#askTillAnswered(
      `forget a command beside task ${id}`,
      KeeperKind.done,
      (keeper, request) => native.keeperForgetSession(keeper, request, id, session),
    );
  }

  /** From here on this process is the supervisor of the task. */
  async adopt(id: string): Promise<KeeperTaskInfo> {
    return this.#askTillAnswered(`adopt task ${id}`, KeeperKind.task, (keeper, request) =>
      native.keeperForTask(keeper, request, KeeperKind.adopt, id),
    );
  }

  /** What the pumps of its two streams have done, stdout first. A stream that is not logged has ended with nothing written. */
  async logStatus(id: string): Promise<readonly [KeeperLogCounters, KeeperLogCounters]> {
    return this.#askTillAnswered(
      `read the counters of the logs of task ${id}`,
      KeeperKind.logCounters,
      (keeper, request) => native.keeperForTask(keeper, request, KeeperKind.logStatus, id),
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
        if (!isKeeperGone(error) || left <= 1 || this.#isClosed) throw error;
      }
    }
  }

  async #connect(): Promise<KeeperConnection> {
    // For all starts that find the directory held: to find a place for a group takes a process.
    let group: KeeperGroup | undefined;
    try {
      return await this.#openOrStart(async () => {
        group ??= await this.#makeGroup();
        const outcome = await startKeeper(this.stateDirectory, group);
        if (outcome !== 'held') {
          await group?.settle();
          group = undefined;
        }
        return outcome;
      });
    } finally {
      await group?.settle();
    }
  }

  async #openOrStart(start: () => Promise<KeeperStart>): Promise<KeeperConnection> {
    const path = `${this.stateDirectory}/keeper.sock`;
    const waitUntil = monotonicNowMs() + servedWithinMs;
    let pauseMs = shortestPauseMs;
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
      const isHeld = (await start()) === 'held';
      if (!isHeld || monotonicNowMs() > waitUntil) continue;
      // Another one has the directory, and does not listen yet: it may be waiting for a holder that is stopped.
      left += 1;
      await delay(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      if (this.#isClosed) throw clientClosed();
    }
  }

  #watch(connection: KeeperConnection): void {
    this.#connected = connection;
    connection.setHeld(this.#isHeld);
    connection.events.on('exited', (exited) => this.events.emit('exited', exited));
    connection.events.on('sessionExited', (exited) => this.events.emit('sessionExited', exited));
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
        const again = setTimeout(() => {
          if (!this.#isClosed && this.#connecting === undefined) this.#reconnect();
        }, reconnectMs);
        if (!this.#isHeld) again.unref();
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
    if (!isTriedAgain || !isKeeperGone(error)) throw error;
    return 'gone';
  }
}

function clientClosed(): Error {
  return new RawExecError('ERR_CLOSED', 'the keeper client has been closed');
}
