// Owner of what the service manager is told of this process: that it is ready, reads its configuration again, ends, and that its
// event loop turns. See sd_notify(3) and sd_watchdog_enabled(3).

import { constants } from 'node:os';
import { monotonicNowMs } from '../clock.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';

type Environment = Record<string, string | undefined>;

/** How long to leave a manager in peace that has not read what came before. */
const retryMs = 100;

/** They are for this process: what it starts must not think that it is meant. */
const variables = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #watchdogMs: number | undefined;
  readonly #log: (message: string) => void;
  /** What it could not be told yet, the oldest first. */
  readonly #unsent: string[] = [];
  readonly #failures = new Set<number>();
  #watchdog: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** @param env takes its variables out of it */
  constructor(env: Environment, log: (message: string) => void) {
    this.#socket = env['NOTIFY_SOCKET'];
    this.#watchdogMs = watchdogPeriodMs(env, process.pid);
    this.#log = log;
    for (const name of variables) delete env[name];
  }

  /** It serves. From now on it is told regularly that it still does. */
  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${status}`);
    if (this.#watchdogMs === undefined) return;
    this.#watchdog ??= setInterval(() => {
      // Behind the wait for events: a loop that never gets so far is told of by nobody.
      setImmediate(() => this.#tell('WATCHDOG=1'));
    }, this.#watchdogMs).unref();
  }

  /** It reads its configuration again; until `ready`. */
  reloading(): void {
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${Math.floor(monotonicNowMs() * 1000)}`);
  }

  /** It ends. */
  stopping(): void {
    this.#tell('STOPPING=1');
  }

  close(): void {
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
  }

  #tell(state: string): void {
    if (this.#socket === undefined) return;
    // A sign of life that comes late is none, and the next one is under way.
    if (this.#unsent.length === 0 || state !== 'WATCHDOG=1') this.#unsent.push(state);
    this.#sendAll(this.#socket);
  }

  #sendAll(socket: string): void {
    for (let state = this.#unsent[0]; state !== undefined; state = this.#unsent[0]) {
      const errno = native.notifyServiceManager(socket, state);
      if (errno === constants.errno.EAGAIN) {
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#sendAll(socket), retryMs).unref();
        return;
      }
      if (errno !== 0) this.#complain(errno, socket, state);
      this.#unsent.shift();
    }
  }

  /** Once for each reason: signs of life would repeat it for ever. */
  #complain(errno: number, socket: string, state: string): void {
    if (this.#failures.has(errno)) return;
    this.#failures.add(errno);
    const what = state.replace('\n', ', ');
    this.#log(
      `cannot tell the service manager at ${socket} (NOTIFY_SOCKET) ${what}: ${describeErrno(errno)}`,
    );
  }
}

/** Half of the time that it may be silent; undefined when nobody watches, or somebody else is watched. */
export function watchdogPeriodMs(env: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: watched = '' } = env;
  if (!/^[1-9]\d{0,12}$/.test(microseconds)) return undefined;
  if (watched !== '' && watched !== String(pid)) return undefined;
  return Number(microseconds) / 2000;
}
