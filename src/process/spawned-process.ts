// Owner of a running process as users see it: signals, streams, its end. Construction is on the hot path: fields only.

import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { nameClass, RawExecError } from '../errors.ts';
import { channels } from '../events.ts';
import type { Binding } from '../native/spawning.ts';
import { native } from '../native.ts';
import { type SignalName, signalName, signalNumber } from '../signals.ts';
import type { ChildStdio } from './child-stdio.ts';
import { describeErrno } from './errno.ts';
import type { ExitStatus } from './exit-status.ts';
import type { LifeGuard } from './life-guard.ts';
import { signalArgument, targetOption } from './option-values.ts';
import { runStopLadder, type StopOptions, type StopReport } from './stop.ts';

const binding: Binding = native.binding();

/** errno numbers of kill(2). */
const notPermitted = 1;
const noSuchProcess = 3;

const defaultSignal = signalNumber('SIGTERM') ?? 0;

/** Events of a `SpawnedProcess`. */
export interface SpawnedProcessEvents {
  /** It has ended. Emitted once. */
  exit: [status: ExitStatus];
}

/** Whom a signal is for: the process itself, or its whole process group. */
export type SignalTarget = 'main' | 'group';

/** What spawn() hands to a new process. */
export interface ProcessParts {
  readonly stdio: ChildStdio | undefined;
  readonly leadsGroup: boolean;
  readonly killSignal: string;
  readonly isKilledOnDispose: boolean;
}

/** Parts of a process without pipes, own group or rules; shared by all such processes. */
export const plainParts: ProcessParts = {
  stdio: undefined,
  leadsGroup: false,
  killSignal: 'SIGTERM',
  isKilledOnDispose: false,
};

// What the rest of this folder may do with a process and users may not. Set by the class, which alone sees its state.

/** Makes the object of a process that has been started. */
export let makeProcess: (handle: number, pid: number, parts: ProcessParts) => SpawnedProcess;

/** Gives a process its guard; the guard is released when the process ends. */
export let guardProcess: (process: SpawnedProcess, guard: LifeGuard) => void;

export let guardOf: (process: SpawnedProcess) => LifeGuard | undefined;

/** Tells a process that it has ended: state first, then promise, then listeners. */
export let finishProcess: (process: SpawnedProcess, status: ExitStatus) => void;

/**
 * A program that was started by `spawn`.
 *
 * @example
 * const child = spawn('sort', ['-u']);
 * child.stdin?.end('b\na\nb\n');
 * child.stdout?.pipe(process.stdout);
 * const { exitCode } = await child.exited;
 */
export class SpawnedProcess extends EventEmitter<SpawnedProcessEvents> {
  /** The process id. For display and for /proc: signals go through `kill`, which cannot hit a recycled id. */
  readonly pid: number;
  readonly #handle: number;
  readonly #parts: ProcessParts;
  #status: ExitStatus | undefined = undefined;
  #guard: LifeGuard | undefined = undefined;
  #exited: Promise<ExitStatus> | undefined = undefined;
  #resolveExited: ((status: ExitStatus) => void) | undefined = undefined;

  /** Processes are made by `spawn`. */
  private constructor(handle: number, pid: number, parts: ProcessParts) {
    super();
    this.#handle = handle;
    this.pid = pid;
    this.#parts = parts;
  }

  /** How it ended; undefined while it runs. */
  get status(): ExitStatus | undefined {
    return this.#status;
  }

  /** Fulfilled when the process has ended, however it ended. Never rejected. */
  get exited(): Promise<ExitStatus> {
    if (this.#exited !== undefined) return this.#exited;
    if (this.#status !== undefined) {
      this.#exited = Promise.resolve(this.#status);
    } else {
      this.#exited = new Promise((resolve) => {
        this.#resolveExited = resolve;
      });
    }
    return this.#exited;
  }

  /** Writes to the program's standard input; null without a pipe there. Made when first asked for. */
  get stdin(): Writable | null {
    return this.#parts.stdio?.writable(0) ?? null;
  }

  /** The program's standard output; null without a pipe there. Made when first asked for, also after the exit. */
  get stdout(): Readable | null {
    return this.#parts.stdio?.readable(1) ?? null;
  }

  /** The program's standard error; null without a pipe there. Made when first asked for, also after the exit. */
  get stderr(): Readable | null {
    return this.#parts.stdio?.readable(2) ?? null;
  }

  /** One entry per slot of the option `stdio`: its stream, or null without a pipe there. */
  get stdio(): readonly (Readable | Writable | null)[] {
    const stdio = this.#parts.stdio;
    if (stdio === undefined) return [null, null, null];
    return Array.from(
      { length: stdio.slotCount },
      (_, slot) => stdio.writable(slot) ?? stdio.readable(slot),
    );
  }

  /** Whether it leads a process group of its own, which signals can go to. */
  get leadsGroup(): boolean {
    return this.#parts.leadsGroup;
  }

  /** The option `killSignal`. */
  get killSignal(): string {
    return this.#parts.killSignal;
  }

  /**
   * Sends a signal through the process's pidfd, see pidfd_send_signal(2): never to another process with the same id.
   *
   * @param signal - a name, or a number; 0 sends nothing and only asks. @default 'SIGTERM'
   * @param to - `'group'` needs the option `processGroup: 'new'` or `newSession`. @default 'main'
   * @returns false once the exit was seen (then nothing was sent), else true
   * @throws InvalidOptionError for an unknown signal
   * @throws RawExecError ERR_NOT_PERMITTED when the process has become another user's
   */
  kill(signal?: SignalName | number, to: SignalTarget = 'main'): boolean {
    const number = signal === undefined ? defaultSignal : signalArgument(signal);
    const isForGroup = targetOption('to', to, this.#parts.leadsGroup) === 'group';
    if (this.#status !== undefined) return false;
    const errno = binding.kill(this.#handle, number, isForGroup);
    if (errno === 0) return true;
    if (errno === noSuchProcess) return false;
    throw new RawExecError(
      errno === notPermitted ? 'ERR_NOT_PERMITTED' : 'ERR_SIGNAL',
      `cannot send ${signalName(number)} to process ${this.pid}: ${describeErrno(errno)}`,
      { errno, syscall: 'pidfd_send_signal' },
    );
  }

  /**
   * Ends the process by a ladder: each step's signal and grace, then SIGKILL.
   *
   * @example
   * await child.stop({ steps: [{ signal: 'SIGINT', graceMs: 2000 }, { signal: 'SIGTERM', graceMs: 3000 }] });
   */
  stop(options?: StopOptions): Promise<StopReport> {
    return runStopLadder(this, options);
  }

  /** The process keeps the event loop alive until it ends: the state that it starts in. */
  ref(): this {
    if (this.#status === undefined) binding.setReferenced(this.#handle, true);
    return this;
  }

  /** The process no longer keeps the event loop alive; open streams still do. */
  unref(): this {
    if (this.#status === undefined) binding.setReferenced(this.#handle, false);
    return this;
  }

  /** Stops the process when `killOnDispose` was set, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#parts.isKilledOnDispose) await this.stop();
    await this.exited;
  }

  #finish(status: ExitStatus): void {
    this.#status = status;
    this.#guard?.release();
    const channel = channels().exit;
    if (channel.hasSubscribers) channel.publish({ process: this, status });
    this.#resolveExited?.(status);
    try {
      this.emit('exit', status);
    } finally {
      this.#parts.stdio?.childHasEnded();
    }
  }

  static {
    nameClass(SpawnedProcess, 'SpawnedProcess');
    makeProcess = (handle, pid, parts) => new SpawnedProcess(handle, pid, parts);
    guardProcess = (process, guard) => {
      process.#guard = guard;
    };
    guardOf = (process) => process.#guard;
    finishProcess = (process, status) => process.#finish(status);
  }
}
