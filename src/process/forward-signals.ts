// Owner of this process's signal listeners on behalf of a child: what somebody sends to us is meant for it.

import { RawExecError } from '../errors.ts';
import { native } from '../native.ts';
import { type SignalName, signalName } from '../signals.ts';
import type { ExitStatus } from './exit-status.ts';
import { ForegroundJob } from './foreground-job.ts';
import { invalidOption, unknownOption } from './invalid-option.ts';
import { mirrorExit } from './mirror-exit.ts';
import { booleanOption, objectOption, signalOption, targetOption } from './option-values.ts';
import type { SignalTarget, SpawnedProcess } from './spawned-process.ts';

/**
 * What people and service managers send to a program to end it or to control it as a job. SIGUSR1 is taken from the
 * runtime's own debugger, which starts by it while nobody else listens.
 */
const defaultSignals: readonly SignalName[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTSTP',
  'SIGCONT',
  'SIGWINCH',
];

/** What a terminal sends to its whole foreground group by itself, see termios(3) and tty_ioctl(4). */
const fromTerminal: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH']);

/** These can be neither caught nor forwarded, see signal(7). */
const uncatchable: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP']);

/** The runtime knows no others: a listener for one of these would wait for an event that never comes. */
const isRealTime = (name: string): boolean => name.startsWith('SIGRT');

export interface ForwardSignalsOptions {
  /** @default 'group' for a process that leads its own group, else 'main' */
  readonly to?: SignalTarget;
  /** @default the termination and job-control signals: HUP, INT, QUIT, TERM, USR1, USR2, TSTP, CONT, WINCH */
  readonly signals?: readonly SignalName[];
  /**
   * Whether this process ends as the child did, at once: with its exit code, or by the same signal.
   * @default false
   */
  readonly mirror?: boolean;
}

/** What `forwardSignals` returns. */
export interface SignalForwarding extends Disposable {
  /** Takes the listeners away and gives the terminal back. Done by itself when the child ends. */
  close(): void;
}

/**
 * Passes the signals that this process gets on to a child, until the child ends or `close` is called.
 *
 * With a terminal the two are one job, as a shell has it: a child in a group of its own becomes the terminal's
 * foreground group, so that Ctrl-C reaches it directly; when it is stopped (Ctrl-Z) this process stops too, and both
 * go on together. A child in our group gets from the terminal what we get, so that is not sent to it a second time.
 *
 * A child that has become another user's cannot be reached: a warning of this process says so (`process.emitWarning`).
 *
 * @throws RawExecError ERR_NOT_SUPPORTED in a worker thread, which Node tells no signals
 * @throws InvalidOptionError for unknown signals, and for those that cannot be caught, real-time signals among them
 *
 * @example
 * const child = spawn('make', ['test'], { stdio: 'inherit', processGroup: 'new' });
 * forwardSignals(child, { mirror: true });
 */
export function forwardSignals(
  child: SpawnedProcess,
  options: ForwardSignalsOptions = {},
): SignalForwarding {
  if (!native.isMainThread) {
    throw new RawExecError(
      'ERR_NOT_SUPPORTED',
      'cannot forward signals from a worker thread: Node tells signals to the main thread only. Start and forward there',
    );
  }
  const { to, signals, isMirroring } = readForwardOptions(child, options);
  const forwarding = new Forwarding(child, to, signals, isMirroring);
  if (child.status !== undefined) forwarding.close();
  return forwarding;
}

class Forwarding implements SignalForwarding {
  readonly #child: SpawnedProcess;
  readonly #to: SignalTarget;
  readonly #signals: readonly string[];
  readonly #job: ForegroundJob;
  readonly #isMirroring: boolean;
  readonly #onSignal = (name: string): void => this.#forward(name);
  readonly #onExit = (status: ExitStatus): void => this.#childHasEnded(status);

  constructor(
    child: SpawnedProcess,
    to: SignalTarget,
    signals: readonly string[],
    isMirroring: boolean,
  ) {
    this.#child = child;
    this.#to = to;
    this.#signals = signals;
    this.#isMirroring = isMirroring;
    this.#job = new ForegroundJob(child);
    for (const signal of signals) process.on(signal, this.#onSignal);
    child.once('exit', this.#onExit);
    this.#job.start();
  }

  close(): void {
    for (const signal of this.#signals) process.off(signal, this.#onSignal);
    this.#child.off('exit', this.#onExit);
    this.#job.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #forward(name: string): void {
    if (name === 'SIGTSTP') {
      this.#stopTogether();
      return;
    }
    if (name === 'SIGCONT') this.#job.resume();
    if (fromTerminal.has(name) && this.#job.isReachedByTerminal()) return;
    this.#send(name);
  }

  /** Our listener has replaced the default of SIGTSTP, so after passing it on we stop ourselves. */
  #stopTogether(): void {
    if (!this.#job.isReachedByTerminal()) this.#send('SIGTSTP');
    this.#job.stopSelf();
  }

  /** Called by the event loop: what is thrown here would end this process, and nobody could catch it. */
  #send(name: string): void {
    try {
      this.#child.kill(name as SignalName, this.#to);
    } catch (error) {
      if (!(error instanceof RawExecError)) throw error;
      process.emitWarning(error);
    }
  }

  #childHasEnded(status: ExitStatus): void {
    this.close();
    if (this.#isMirroring) mirrorExit(status);
  }
}

interface ReadOptions {
  readonly to: SignalTarget;
  readonly signals: readonly string[];
  readonly isMirroring: boolean;
}

function readForwardOptions(child: SpawnedProcess, options: object): ReadOptions {
  let to: SignalTarget = child.leadsGroup ? 'group' : 'main';
  let signals: readonly string[] = defaultSignals;
  let isMirroring = false;
  for (const [key, value] of objectOption('options', options, 'an object')) {
    if (key === 'to') to = targetOption(key, value, child.leadsGroup);
    else if (key === 'signals') signals = readSignals(value);
    else if (key === 'mirror') isMirroring = booleanOption(key, value);
    else throw unknownOption(key, ['to', 'signals', 'mirror']);
  }
  return { to, signals, isMirroring };
}

function readSignals(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw invalidOption('signals', value, 'an array of signal names');
  return value.map((entry, index) => {
    const option = `signals[${index}]`;
    const name = signalName(signalOption(option, entry));
    if (uncatchable.has(name)) throw invalidOption(option, entry, 'a signal that can be caught');
    if (isRealTime(name)) {
      throw invalidOption(option, entry, 'a signal that Node can catch, so no real-time signal');
    }
    return name;
  });
}
