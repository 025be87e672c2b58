// Owner of what may end a process from this side: its timer and its AbortSignal. Only processes that were started with
// `timeoutMs` or `signal` have one.

import { RawExecError } from '../errors.ts';
import type { LifeRules } from './spawn-plan.ts';
import type { SpawnedProcess } from './spawned-process.ts';

/** Set by the class, so that its timers need no closure. */
let onTimeout: (guard: LifeGuard) => void;

export class LifeGuard {
  readonly #process: SpawnedProcess;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abortSignal: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    this.#hasAborted = true;
    this.#stop();
  };
  #hasTimedOut = false;
  #hasAborted = false;

  constructor(process: SpawnedProcess, rules: LifeRules) {
    this.#process = process;
    this.#abortSignal = rules.abortSignal;
    this.#abortSignal?.addEventListener('abort', this.#onAbort, { once: true });
    if (rules.timeoutMs > 0) {
      // The process keeps the loop alive, not the timer: an unref'ed process must not hold the program by its timeout.
      this.#timer = setTimeout(onTimeout, rules.timeoutMs, this).unref();
    }
  }

  get hasTimedOut(): boolean {
    return this.#hasTimedOut;
  }

  get hasAborted(): boolean {
    return this.#hasAborted;
  }

  /** To be called when the process has ended. */
  release(): void {
    clearTimeout(this.#timer);
    this.#abortSignal?.removeEventListener('abort', this.#onAbort);
  }

  #stop(): void {
    // The ladder's result is the process's end, which its own listeners learn.
    this.#process.stop().catch(tell);
  }

  static {
    onTimeout = (guard) => {
      guard.#hasTimedOut = true;
      guard.#stop();
    };
  }
}

/**
 * Nobody waits for this stop. A process that has become another user's (by sudo, for example) cannot be stopped, which is
 * no reason to end this one; anything else is a fault of ours and must show.
 */
function tell(error: unknown): void {
  if (error instanceof RawExecError) {
    process.emitWarning(error);
    return;
  }
  process.nextTick(() => {
    throw error;
  });
}
