// Owner of the signals that ask a run to end: the first asks the tasks, the second leaves them no choice.

import type { JobRun } from '../agent/job-run.ts';
import { monotonicNowMs } from '../clock.ts';
import { native } from '../native.ts';
import { signalNumber } from '../signals.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes a Ctrl-C on although the terminal has sent it to everybody: so soon a second one is the same one. */
const sameRequestMs = 300;

export class StopRequests {
  readonly #onSignal = (name: string): void => this.#receive(name);
  #run: JobRun | undefined;
  #note: (text: string) => void = () => undefined;
  #first: { readonly signal: string; readonly atMs: number } | undefined;

  /** Listens from now on: a signal must not end us while directories are made that somebody has to take away. */
  constructor() {
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /**
   * Hands the requests to a run, one that came before as well.
   *
   * @param note tells the user something
   */
  attach(run: JobRun, note: (text: string) => void): void {
    this.#run = run;
    this.#note = note;
    if (this.#first !== undefined) run.stop();
  }

  /** Takes the listeners away; a signal has its usual effect again. */
  close(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
  }

  /** Ends this process by the signal that ended the run, so that a shell's loop ends with it. Returns when there was none. */
  endAsAsked(): void {
    if (this.#first === undefined) return;
    this.close();
    native.raiseDefault(signalNumber(this.#first.signal) ?? 0);
  }

  #receive(signal: string): void {
    if (this.#first === undefined) {
      this.#first = { signal, atMs: monotonicNowMs() };
      this.#note(`${signal}: asking all tasks to end; once more ends them at once`);
      this.#run?.stop();
    } else if (monotonicNowMs() - this.#first.atMs > sameRequestMs) {
      this.#note(`${signal}: ending all tasks at once`);
      this.#run?.kill();
    }
  }
}
