// Owner of one socket to a keeper: requests find their answers, and everybody who waits learns of its end.

import { EventEmitter } from 'node:events';
import { RawExecError } from '../errors.ts';
import type { Watch } from '../native/containment.ts';
import {
  type KeeperExited,
  type KeeperFailure,
  KeeperKind,
  KeeperReason,
  type KeeperWelcome,
  keeperClosed,
} from '../native/keeper.ts';
import { native } from '../native.ts';
import { keeperGone, keeperNewer, keeperRefusal, keeperUnreachable } from './keeper-errors.ts';

/** errno(3). */
const tryAgain = 11;
/** A keeper that has not read what was sent before is asked again after so long. */
const retryMs = 2;

interface Waiting {
  readonly attempt: string;
  readonly expected: number;
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A refusal in the keeper's own terms, for whoever can say it better. */
export class KeeperRefusal extends Error {
  readonly failure: KeeperFailure;

  constructor(attempt: string, failure: KeeperFailure) {
    super(`cannot ${attempt}`);
    this.failure = failure;
  }
}

export interface KeeperConnectionEvents {
  /** A task's main process has ended; of any task of this keeper. */
  exited: [exited: KeeperExited];
  /** So has a command that this process has started beside a task. */
  sessionExited: [exited: KeeperExited];
  /** The keeper has gone. Emitted once, unless this side closed. */
  closed: [];
}

export class KeeperConnection {
  readonly events: EventEmitter<KeeperConnectionEvents> = new EventEmitter();
  readonly path: string;
  readonly #socket: number;
  readonly #watch: Watch;
  readonly #waiting = new Map<number, Waiting>();
  #lastRequest = 0;
  #isClosed = false;
  #isHeld = false;
  #welcome: KeeperWelcome | undefined;

  private constructor(path: string, socket: number) {
    this.path = path;
    this.#socket = socket;
    const watch = native.watchKeeper(socket, (kind, request, body) => {
      this.#told(kind, request, body);
    });
    if (typeof watch === 'number') throw keeperUnreachable(path, 'watch the keeper', -watch);
    this.#watch = watch;
    watch.setReferenced(false);
  }

  /**
   * Connects and says hello. Resolves with undefined when nobody listens at `path`. A keeper of an older version becomes that of
   * this package first, with all of its tasks.
   *
   * Rejects with `ERR_KEEPER_NEWER` when the keeper is of a newer version, with `ERR_KEEPER_UPGRADE` when an older one could not
   * be replaced, and with `ERR_KEEPER_UNREACHABLE` for anything else that is in the way.
   */
  static async open(path: string): Promise<KeeperConnection | undefined> {
    const connection = KeeperConnection.#connect(path);
    if (connection === undefined) return undefined;
    const attempt = 'greet the keeper';
    try {
      connection.#welcome = await connection.ask<KeeperWelcome>(
        attempt,
        KeeperKind.welcome,
        (keeper, request) => native.keeperHello(keeper, request, `process ${process.pid}`),
      );
      return connection;
    } catch (error) {
      connection.close();
      if (!(error instanceof KeeperRefusal)) throw error;
      if (error.failure.reason !== KeeperReason.protocol) {
        throw keeperRefusal(attempt, error.failure);
      }
      await KeeperConnection.#replaceOlder(path, error.failure.detail);
      return KeeperConnection.open(path);
    }
  }

  static #connect(path: string): KeeperConnection | undefined {
    const socket = native.connectKeeper(path);
    if (socket === -noEntry || socket === -connectionRefused) return undefined;
    if (socket < 0) throw keeperUnreachable(path, 'connect to the keeper', -socket);
    return new KeeperConnection(path, socket);
  }

  /** Resolves when whoever listens at `path` now is another one. */
  static async #replaceOlder(path: string, protocol: number): Promise<void> {
    if (protocol > native.keeperProtocol) throw keeperNewer(path, protocol, native.keeperProtocol);
    const connection = KeeperConnection.#connect(path);
    if (connection === undefined) return;
    const attempt = `replace the older keeper at ${path}`;
    try {
      // No answer is expected but a refusal: it ends the connection when it becomes the newer one.
      await connection.ask(attempt, KeeperKind.welcome, (keeper, request) =>
        native.keeperUpgrade(keeper, request, native.keeperPath),
      );
    } catch (error) {
      if (error instanceof RawExecError && error.code === 'ERR_KEEPER_GONE') return;
      if (!(error instanceof KeeperRefusal)) throw error;
      // Another supervisor was faster: whoever listens there is no longer older.
      if (error.failure.reason === KeeperReason.protocol) return;
      throw keeperRefusal(attempt, error.failure);
    } finally {
      connection.close();
    }
  }

  get welcome(): KeeperWelcome {
    if (this.#welcome === undefined) throw new Error('a connection is given out after its hello');
    return this.#welcome;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Sends a request and waits for the answer; the event loop is held as long.
   *
   * @param attempt what is asked for, for messages: "cannot " + attempt
   * @param expected the kind of the answer
   * @param send returns 0 or a positive errno
   */
  async request<Body>(
    attempt: string,
    expected: number,
    send: (keeper: number, request: number) => number,
  ): Promise<Body> {
    try {
      return await this.ask<Body>(attempt, expected, send);
    } catch (error) {
      throw error instanceof KeeperRefusal ? keeperRefusal(attempt, error.failure) : error;
    }
  }

  /** The same; a refusal is a KeeperRefusal. */
  async ask<Body>(
    attempt: string,
    expected: number,
    send: (keeper: number, request: number) => number,
  ): Promise<Body> {
    for (;;) {
      if (this.#isClosed) throw keeperGone(attempt);
      this.#lastRequest += 1;
      const request = this.#lastRequest;
      const errno = send(this.#socket, request);
      if (errno === 0) return this.#answer<Body>(request, attempt, expected);
      if (goneErrnos.includes(errno)) {
        // Noticed here before the event loop tells: whoever asks again must get another connection.
        this.#lose();
        throw keeperGone(attempt);
      }
      if (errno !== tryAgain) throw keeperUnreachable(this.path, attempt, errno);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** Whether it holds the event loop also while nobody waits for an answer. @default false */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#holdLoop();
  }

  /** Nothing is told afterwards; tasks go on. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#failAll();
  }

  #answer<Body>(request: number, attempt: string, expected: number): Promise<Body> {
    return new Promise<Body>((resolve, reject) => {
      this.#waiting.set(request, {
        attempt,
        expected,
        resolve: resolve as (body: unknown) => void,
        reject,
      });
      this.#holdLoop();
    });
  }

  #told(kind: number, request: number, body: unknown): void {
    if (kind === keeperClosed) {
      this.#lose();
    } else if (kind === KeeperKind.exited && body !== undefined) {
      this.events.emit('exited', body as KeeperExited);
    } else if (kind === KeeperKind.sessionExited && body !== undefined) {
      this.events.emit('sessionExited', body as KeeperExited);
    } else {
      this.#answered(kind, request, body);
    }
  }

  #answered(kind: number, request: number, body: unknown): void {
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return;
    this.#waiting.delete(request);
    this.#holdLoop();
    if (kind === waiting.expected && body !== undefined) waiting.resolve(body);
    else if (kind === KeeperKind.failed && body !== undefined) {
      waiting.reject(new KeeperRefusal(waiting.attempt, body as KeeperFailure));
    } else {
      waiting.reject(keeperUnreachable(this.path, waiting.attempt, protocolError));
    }
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.close();
    this.events.emit('closed');
  }

  #holdLoop(): void {
    if (!this.#isClosed) this.#watch.setReferenced(this.#isHeld || this.#waiting.size > 0);
  }

  #failAll(): void {
    for (const { attempt, reject } of this.#waiting.values()) reject(keeperGone(attempt));
    this.#waiting.clear();
  }
}

/** errno(3). */
const noEntry = 2;
const protocolError = 71;
const connectionRefused = 111;
/** EPIPE, ECONNRESET, and of a socket whose other end is being closed at this moment ECONNREFUSED (before Linux 6.9). */
const goneErrnos: readonly number[] = [32, 104, connectionRefused];
