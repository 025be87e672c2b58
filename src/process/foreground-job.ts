// Owner of the controlling terminal on behalf of a child: one job of two processes, as a shell's job control has it.

import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { native } from '../native.ts';
import { signalNumber } from '../signals.ts';
import type { SpawnedProcess } from './spawned-process.ts';

const stopSignal = signalNumber('SIGTSTP') ?? 0;
/** Sent by a terminal to who uses it from the background. */
const accessSignals: ReadonlySet<number> = new Set([
  signalNumber('SIGTTIN') ?? 0,
  signalNumber('SIGTTOU') ?? 0,
]);
const unknownSignal = 0;
/** Of field 52, behind the state, which is field 3. */
const exitCodeField = 48;

export class ForegroundJob {
  readonly #child: SpawnedProcess;
  readonly #onChildChange = (): void => this.#followChild();
  #terminal = -1;
  #ownsForeground = false;

  constructor(child: SpawnedProcess) {
    this.#child = child;
  }

  /** Hands the terminal to a child in its own group, when it is ours to give. */
  start(): void {
    this.#terminal = openTerminal();
    if (this.#terminal < 0 || !this.#child.leadsGroup || this.#child.status !== undefined) return;
    this.#giveTerminal();
    process.on('SIGCHLD', this.#onChildChange);
    // It may have been stopped before by touching the terminal; that may have been told already.
    this.#followChild(true);
  }

  close(): void {
    process.off('SIGCHLD', this.#onChildChange);
    this.#takeTerminal();
    if (this.#terminal >= 0) closeSync(this.#terminal);
    this.#terminal = -1;
  }

  /** Whether what the terminal sends by itself reaches the child as well as us: we share the foreground group. */
  isReachedByTerminal(): boolean {
    if (this.#terminal < 0 || this.#child.leadsGroup) return false;
    const ownGroup = native.getpgid(0);
    return (
      native.tcgetpgrp(this.#terminal) === ownGroup && native.getpgid(this.#child.pid) === ownGroup
    );
  }

  /** This process stops until somebody sends SIGCONT; returns after that. */
  stopSelf(): void {
    this.#takeTerminal();
    native.raiseDefault(stopSignal);
    this.resume();
  }

  /** After SIGCONT: in the foreground (`fg`) the terminal is the child's again, in the background (`bg`) it is not. */
  resume(): void {
    this.#giveTerminal();
  }

  #giveTerminal(): void {
    if (this.#terminal < 0 || !this.#child.leadsGroup || this.#child.status !== undefined) return;
    if (native.tcgetpgrp(this.#terminal) !== native.getpgid(0)) return;
    this.#ownsForeground = native.tcsetpgrp(this.#terminal, this.#child.pid) === 0;
  }

  /** Only back from the child: in the background the terminal belongs to somebody else by now. */
  #takeTerminal(): void {
    if (!this.#ownsForeground) return;
    this.#ownsForeground = false;
    const ownGroup = native.getpgid(0);
    if (native.tcgetpgrp(this.#terminal) !== ownGroup) native.tcsetpgrp(this.#terminal, ownGroup);
  }

  /** SIGCHLD also says that a child has stopped, by Ctrl-Z for example: then we stop with it, and go on with it. */
  #followChild(isAtStart = false): void {
    if (this.#child.status !== undefined) return;
    const signal = stoppedBy(this.#child.pid);
    if (signal === undefined) return;
    // It has touched the terminal before that was its own. A stop by Ctrl-Z must not be undone like this.
    const isAccess = signal === unknownSignal ? isAtStart : accessSignals.has(signal);
    if (!this.#ownsForeground || !isAccess) this.stopSelf();
    this.#child.kill('SIGCONT', 'group');
  }
}

/** The controlling terminal when standard input is a terminal, else -1: a job without one has nothing to hand over. */
function openTerminal(): number {
  // Not process.stdin.isTTY: asking would make the stream, which changes the terminal's mode and holds the loop.
  if (!process.getBuiltinModule('node:tty').isatty(0)) return -1;
  try {
    return openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY);
  } catch (error) {
    // ENXIO: this process has no controlling terminal, although its input is one.
    if (error instanceof Error && 'code' in error) return -1;
    throw error;
  }
}

/**
 * The number of the signal that has stopped it: field 52 of proc_pid_stat(5), 0 before the kernels that show it there. Undefined when
 * it is not stopped. The pid is ours to ask about as long as its end was not seen: it is not reaped before that.
 */
function stoppedBy(pid: number): number | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [state, ...fields] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  return state === 'T' ? Number(fields[exitCodeField]) : undefined;
}
