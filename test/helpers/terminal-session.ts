// Owner of a shell on a pseudo-terminal, as a person sits before it.

import type { ReadStream } from 'node:fs';
import { createReadStream, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { native } from '../../src/native.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { eventually } from './eventually.ts';

export class TerminalSession {
  readonly #controller: number;
  readonly #shell: SpawnedProcess;
  readonly #reader: ReadStream;
  #output = '';

  /** An interactive bash; it ends with the test. */
  static open(t: TestContext): TerminalSession {
    const session = new TerminalSession();
    t.after(() => session.#close());
    return session;
  }

  private constructor() {
    const pair = native.openPty(80, 24);
    if (typeof pair === 'number') throw new Error(`openPty: errno ${-pair}`);
    const [controller, terminal] = pair;
    this.#controller = controller;
    this.#shell = spawn('/bin/bash', ['--norc', '--noprofile', '-i'], {
      stdio: [terminal, terminal, terminal],
      newSession: true,
      controllingTerminal: true,
      killGroupAtExit: true,
      env: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        PS1: '$ ',
        TERM: 'dumb',
        ...addon(),
      },
    });
    native.close(terminal);
    this.#reader = createReadStream('', { fd: controller });
    this.#reader.on('data', (piece) => {
      this.#output += piece.toString();
    });
    // EIO is how the end of a terminal's other side is told.
    this.#reader.on('error', () => undefined);
  }

  type(keys: string): void {
    writeSync(this.#controller, keys);
  }

  /** Types a line once the shell's prompt is there. */
  async line(text: string): Promise<void> {
    await eventually('a prompt', () => this.#output.includes('$ ') || undefined);
    this.type(`${text}\n`);
  }

  shows(text: string): Promise<void> {
    return this.#until(`"${text}" on the terminal`, () => this.#output.includes(text));
  }

  showsMatch(pattern: RegExp): Promise<void> {
    return this.#until(`${pattern} on the terminal`, () => pattern.test(this.#output));
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    await eventually(what, () => isSo() || undefined).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(this.#output)}`);
    });
  }

  count(text: string): number {
    return this.#output.split(text).length - 1;
  }

  resize(columns: number, rows: number): void {
    native.setWindowSize(this.#controller, columns, rows);
  }

  async #close(): Promise<void> {
    this.#shell.kill('SIGKILL');
    await this.#shell.exited;
    // The stream owns the descriptor, and closes it once its read has come back.
    if (this.#reader.closed) return;
    // Not events.once: the read may come back with EIO, which is no failure here.
    const closed = new Promise<void>((resolve) => this.#reader.once('close', resolve));
    this.#reader.destroy();
    await closed;
  }
}

/** The tests' own choice of the addon holds in the terminal too. */
function addon(): Record<string, string> {
  const path = process.env['RAW_EXEC_ADDON'];
  return path === undefined ? {} : { RAW_EXEC_ADDON: path };
}
