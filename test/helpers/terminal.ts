// A terminal with a program in it, driven as a person does: type, and wait for what appears.

import { writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { native } from '../../src/native.ts';
import type { ExitStatus } from '../../src/process/exit-status.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { slowness } from './slowness.ts';

const deadlineMs = 20_000 * slowness;

export class Terminal implements AsyncDisposable {
  readonly child: SpawnedProcess;
  readonly #controller: number;
  readonly #stream: ReadStream;
  readonly #ended: Promise<unknown>;
  #screen = '';
  #seen = 0;
  #onOutput: () => void = () => undefined;

  constructor(
    command: string,
    args: readonly string[],
    options: {
      readonly env?: Readonly<Record<string, string | undefined>>;
      readonly cwd?: string;
    } = {},
  ) {
    const pair = native.openPty(80, 24);
    if (typeof pair === 'number') throw new Error(`no terminal: errno ${-pair}`);
    const [controller, terminal] = pair;
    this.#controller = controller;
    this.child = spawn(command, args, {
      ...options,
      stdio: [terminal, terminal, terminal],
      newSession: true,
      controllingTerminal: true,
    });
    native.close(terminal);
    this.#stream = new ReadStream(controller);
    this.#stream.setEncoding('utf8');
    this.#stream.on('data', (text: string) => {
      this.#screen += text;
      this.#onOutput();
    });
    this.#ended = new Promise((resolve) => {
      this.#stream.on('close', resolve);
      // EIO: the last program of the terminal has gone.
      this.#stream.on('error', resolve);
    });
  }

  /** Everything that appeared so far. */
  get screen(): string {
    return this.#screen;
  }

  type(text: string): void {
    writeSync(this.#controller, text);
  }

  resize(columns: number, rows: number): void {
    native.setWindowSize(this.#controller, columns, rows);
  }

  /** Waits until `wanted` appears after what was waited for before. */
  async until(wanted: string | RegExp): Promise<void> {
    const expression = typeof wanted === 'string' ? new RegExp(quoted(wanted)) : wanted;
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const match = expression.exec(this.#screen.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${expression} did not appear on:\n${this.#screen}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#onOutput = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits for the end of the program and of its output. */
  async end(): Promise<ExitStatus> {
    const status = await this.child.exited;
    await this.#ended;
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.status === undefined) this.child.kill('SIGKILL', 'group');
    await this.child.exited;
    this.#stream.destroy();
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
