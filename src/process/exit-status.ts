// Pure: how a process ended, as users see it.

import { signalName } from '../signals.ts';

/** How a process ended. Frozen. */
export interface ExitStatus {
  /** What the program gave to exit(3), 0 to 255; null when a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it, `'SIGKILL'` for example; null when it exited by itself. */
  readonly signal: string | null;
  /** Whether the kernel wrote a core dump, see core(5). */
  readonly coreDumped: boolean;
  /**
   * One number as shells have it: `code`, or 128 + the signal's number.
   * 127 when the status is unknown because somebody else took it (`code` and `signal` are both null then), as the
   * shell's `wait` answers for a process that is not its child.
   */
  readonly exitCode: number;
  /** CPU time spent in the program, its waited-for children included, see getrusage(2). */
  readonly userCpuMs: number;
  /** CPU time spent in the kernel on its behalf. */
  readonly systemCpuMs: number;
  /**
   * The most memory that it had resident at one time, see getrusage(2). Linux counts what the process had before
   * execve too, and there it may share this process's memory: a program that is smaller than this process can show
   * this process's size.
   */
  readonly maxRssBytes: number;
  readonly startedAt: Date;
  /** From just before the clone until the exit was seen, by a clock that cannot be set. */
  readonly durationMs: number;
  /** Whether `timeoutMs` had run out before it ended. */
  readonly timedOut: boolean;
  /** Whether the AbortSignal had fired before it ended. */
  readonly aborted: boolean;
}

/** The exit code of shells for a process that was lost to another waiter. */
const unknownExitCode = 127;

/** Shell style: the code, or 128 + the number of the signal. `code` is -1 and `signal` 0 when neither is known. */
export function shellExitCode(code: number, signal: number): number {
  if (code >= 0) return code;
  return signal > 0 ? 128 + signal : unknownExitCode;
}

/** `signalName`, or null for 0. */
export function endingSignal(signal: number): string | null {
  return signal > 0 ? signalName(signal) : null;
}
