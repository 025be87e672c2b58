// Owner of what a session's command gets as its standard streams until it has been started: pipes, or a terminal.

import { fchownSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { RawExecError } from '../errors.ts';
import { PseudoTerminal } from '../process/pseudo-terminal.ts';
import type { SpawnOptions } from '../process/spawn-options.ts';
import type { SessionStreams } from './exec-session.ts';
import { spawnOptionsOf } from './held-task.ts';
import type { TaskPlan } from './task-host.ts';
import type { ExecStreamingRequest } from './task-session.ts';

/** What programs are told of a terminal whose kind nobody has named: what all of today's understand. */
const terminalKind = 'xterm';

export interface PipeStreams {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

export class SessionStdio {
  readonly options: SpawnOptions;
  readonly #terminal: PseudoTerminal | undefined;

  /** @throws RawExecError `ERR_TERMINAL` */
  constructor(plan: TaskPlan, { terminal: size }: Pick<ExecStreamingRequest, 'terminal'>) {
    if (size === undefined) {
      this.options = spawnOptionsOf(plan, ['pipe', 'pipe', 'pipe']);
      return;
    }
    const terminal = new PseudoTerminal(size);
    const { otherEnd } = terminal;
    try {
      giveTo(otherEnd, plan);
    } catch (error) {
      terminal.output.destroy();
      throw error;
    }
    this.#terminal = terminal;
    this.options = {
      ...spawnOptionsOf(plan, [otherEnd, otherEnd, otherEnd]),
      env: { TERM: terminalKind, ...plan.env },
      newSession: true,
      controllingTerminal: true,
    };
  }

  /** @param pipes - this process's ends, where there is no terminal */
  streams(pipes: PipeStreams | undefined): SessionStreams {
    const terminal = this.#terminal;
    if (terminal !== undefined) {
      return { stdin: terminal.input, stdout: terminal.output, stderr: null, terminal };
    }
    const { stdin = null, stdout = null, stderr = null } = pipes ?? {};
    if (stdin === null || stdout === null || stderr === null) {
      throw new Error('a session without a terminal has three pipes');
    }
    return { stdin, stdout, stderr };
  }

  /** For a command that has not been started. */
  close(): void {
    this.#terminal?.output.destroy();
  }
}

/** As login(1) does: a program that opens its terminal by name, or changes its mode, must own it. */
function giveTo(otherEnd: number, { credentials }: TaskPlan): void {
  if (credentials === undefined || credentials.uid === process.geteuid?.()) return;
  try {
    const keepsGroup = -1;
    fchownSync(otherEnd, credentials.uid, keepsGroup);
  } catch (error) {
    throw new RawExecError(
      'ERR_TERMINAL',
      `cannot give the terminal to user ${credentials.uid}: ${String(error)}`,
      { cause: error },
    );
  }
}
