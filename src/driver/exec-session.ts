// Owner of one command that runs beside a task with its streams open: its deadline, its end, and that nothing of it is left then.

import { finished, type Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { RawExecError } from '../errors.ts';
import type { PseudoTerminal, TerminalSize } from '../process/pseudo-terminal.ts';
import { parseSignal } from './driver-errors.ts';
import { checkKeys, wholeNumber } from './driver-options.ts';
import { checkTarget } from './stop-options.ts';
import type { StopTaskStep } from './task-host.ts';
import type {
  CloseSessionOptions,
  ExecExit,
  ExecSession,
  ExecStreamingRequest,
} from './task-session.ts';
import { checkTerminalSize } from './terminal-size.ts';

const defaultGraceMs = 5000;

/** This process's side of a command's standard streams. */
export interface SessionStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable | null;
  /** That the streams are of; absent for pipes. */
  readonly terminal?: PseudoTerminal;
}

/** A command that has been started, whoever its parent is. */
export interface StreamedCommand {
  readonly streams: SessionStreams;
  readonly exited: Promise<{ readonly exitCode: number; readonly signal: number }>;
  /** @returns how many it reached */
  signal(signal: string, to: TaskSignalTarget): Promise<number>;
  /** Whether nothing that came of it is left; false also where that is not known. */
  isEmpty(): boolean;
  /** Ends all that came of it by these steps, and then SIGKILL. Rejects when that cannot be done. */
  end(steps: readonly StopTaskStep[]): Promise<void>;
  /** Lets go of what held it together, once nothing more is asked. */
  release(): Promise<void>;
}

export class OpenExecSession implements ExecSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable | null;
  readonly exited: Promise<ExecExit>;
  readonly #command: StreamedCommand;
  readonly #onReleased: () => void;
  readonly #abortSignal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#closeUnasked();
  #timer: NodeJS.Timeout | undefined;
  #isTimedOut = false;
  #fail: (error: unknown) => void = ignore;
  #release: Promise<void> | undefined;

  /** @param onReleased called once, when there is nothing more to look after */
  constructor(
    command: StreamedCommand,
    { timeoutMs, signal }: Pick<ExecStreamingRequest, 'timeoutMs' | 'signal'>,
    onReleased: () => void,
  ) {
    const { stdin, stdout, stderr, terminal } = command.streams;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#command = command;
    this.#onReleased = onReleased;
    this.#abortSignal = signal;
    this.exited = new Promise((resolve, reject) => {
      this.#fail = reject;
      const tell = ({ exitCode, signal: number }: { exitCode: number; signal: number }): void =>
        resolve(Object.freeze({ exitCode, signal: number, isTimedOut: this.#isTimedOut }));
      command.exited.then(tell, reject);
    });
    const onExited = (): void => {
      stdin.destroy();
      terminal?.letGo();
    };
    this.exited.then(onExited, onExited);
    // That the command has closed its input is no reason for its supervisor to end.
    stdin.on('error', ignore);
    // A place that cannot be looked at is not known to be empty: then it is the caller's to close.
    this.#whenOver()
      .then(() => this.#noteOver(), ignore)
      .catch(ignore);
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => void this.#kill(), timeoutMs);
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    // It may have fired while the program was started.
    if (signal?.aborted === true) this.#onAbort();
  }

  resize(size: TerminalSize): boolean {
    const { terminal } = this.#command.streams;
    if (terminal === undefined) {
      throw new RawExecError(
        'ERR_NOT_SUPPORTED',
        'cannot resize a session that has no terminal: start it with { tty: true }',
      );
    }
    return terminal.resize(checkTerminalSize('size', size));
  }

  async signal(signal: string, to: TaskSignalTarget = 'main'): Promise<boolean> {
    parseSignal(signal);
    checkTarget('to', to);
    if (this.#release !== undefined) return false;
    return (await this.#command.signal(signal, to)) > 0;
  }

  async close(options: CloseSessionOptions = {}): Promise<void> {
    checkKeys(options, ['graceMs']);
    const graceMs = wholeNumber('graceMs', options.graceMs ?? defaultGraceMs, 0);
    if (this.#release !== undefined) return this.#release;
    try {
      await this.#command.end(graceMs === 0 ? [] : [{ signal: 'SIGHUP', to: 'cgroup', graceMs }]);
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      await this.#letGo();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The command has ended, and nobody writes any more. Never rejected. */
  async #whenOver(): Promise<void> {
    const outputs = [this.stdout, this.stderr].filter((stream) => stream !== null);
    await Promise.allSettled([this.exited, ...outputs.map(whenClosed)]);
  }

  /** What it has left behind is what a close is for; but the last of it may be on its way out, with its output closed already. */
  async #noteOver(): Promise<void> {
    clearTimeout(this.#timer);
    for (const pauseMs of [0, 10, 100, 1000]) {
      await delay(pauseMs, undefined, { ref: false });
      if (this.#release !== undefined) return;
      if (this.#command.isEmpty()) return this.#letGo();
    }
  }

  async #kill(): Promise<void> {
    this.#isTimedOut = true;
    try {
      await this.#command.end([]);
    } catch (error) {
      this.#fail(error);
      // Whoever could not be ended may hold the other ends for ever.
      this.#destroyStreams();
    }
  }

  /** What stands in the way is told to those who wait for the command. */
  #closeUnasked(): void {
    this.close().catch(this.#fail);
  }

  #letGo(): Promise<void> {
    clearTimeout(this.#timer);
    this.#abortSignal?.removeEventListener('abort', this.#onAbort);
    this.#destroyStreams();
    this.#release ??= this.#command.release().finally(this.#onReleased);
    return this.#release;
  }

  #destroyStreams(): void {
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.destroy();
  }
}

function whenClosed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    finished(stream, () => resolve());
  });
}

function ignore(): void {
  // For what is told elsewhere.
}
