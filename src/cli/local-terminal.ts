// Owner of this process's own terminal while what is typed there is meant for a program elsewhere: every key is passed on, none acts here.

import { isatty, type ReadStream } from 'node:tty';
import { native } from '../native.ts';
import { signalNumber } from '../signals.ts';

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

const endSignals = ['SIGHUP', 'SIGTERM', 'SIGINT'] as const;

export class LocalTerminal {
  readonly #input: ReadStream;
  readonly #onSize: (size: Size) => void;
  readonly #onResize = (): void => this.#tellSize();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.restore();
    native.raiseDefault(signalNumber(signal) ?? 0);
  };

  /** @returns undefined when standard input is no terminal */
  static take(onSize: (size: Size) => void): LocalTerminal | undefined {
    return isatty(0) ? new LocalTerminal(process.stdin as ReadStream, onSize) : undefined;
  }

  private constructor(input: ReadStream, onSize: (size: Size) => void) {
    this.#input = input;
    this.#onSize = onSize;
    input.setRawMode(true);
    // Whoever ends this process would otherwise leave a terminal without echo behind.
    for (const signal of endSignals) process.on(signal, this.#onSignal);
    if (!isatty(1)) return;
    process.stdout.on('resize', this.#onResize);
    this.#tellSize();
  }

  /** Gives the terminal back as it was. */
  restore(): void {
    for (const signal of endSignals) process.off(signal, this.#onSignal);
    process.stdout.off('resize', this.#onResize);
    this.#input.setRawMode(false);
  }

  #tellSize(): void {
    const { rows, columns } = process.stdout;
    this.#onSize({ rows, columns });
  }
}
