// Pure: what a session is, a command that runs beside a task with its streams open. Hosts give them; exec-session.ts is one.

import type { Readable, Writable } from 'node:stream';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import type { TerminalSize } from '../process/pseudo-terminal.ts';

/** A second command beside a running task, with its streams open to whoever asked for it. */
export interface ExecStreamingRequest {
  /** The absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  /** In place of pipes: a terminal of this size, which the command leads a session on. */
  readonly terminal?: TerminalSize;
  /** How long it may take; then all that came of it gets SIGKILL. */
  readonly timeoutMs?: number;
  /** Ends the session when it fires. */
  readonly signal?: AbortSignal;
}

/** How the command of a session ended. */
export interface ExecExit {
  /** Shell style: the program's code, or 128 + the signal's number. */
  readonly exitCode: number;
  /** Number of the signal that ended it, or 0. */
  readonly signal: number;
  /** Whether its deadline had passed. */
  readonly isTimedOut: boolean;
}

/** How a session is ended. */
export interface CloseSessionOptions {
  /** How long its processes may take to end after SIGHUP, in milliseconds; 0 for SIGKILL at once. @default 5000 */
  readonly graceMs?: number;
}

/**
 * A command that runs beside a task, with its standard streams. To be closed by whoever asked for it.
 *
 * The streams go on until nobody can write to them any more, which may be after the command's own end: what it has left running
 * may hold them. Each is read and written at the pace of the slower side.
 */
export interface ExecSession extends AsyncDisposable {
  /**
   * What the command reads; on a terminal what is typed, and `end()` types the end-of-file character (Ctrl-D). Destroyed when the
   * command has ended. That nobody reads it any more is an `'error'` (EPIPE, EIO) that only those are told who listen for it.
   */
  readonly stdin: Writable;
  /** What the command writes; on a terminal all that appears there. Destroying that hangs the terminal up. */
  readonly stdout: Readable;
  /** Null on a terminal. */
  readonly stderr: Readable | null;
  /**
   * How the command ended, as soon as it has. Rejects with `ERR_KEEPER_GONE` when nobody can tell, and with `ERR_TASK_STUCK` when
   * not even SIGKILL has ended it at its deadline.
   */
  readonly exited: Promise<ExecExit>;
  /**
   * Changes the size of the terminal; the kernel tells its foreground programs by SIGWINCH.
   * @returns false when the terminal is gone
   * @throws InvalidOptionError for sizes that are none; RawExecError `ERR_NOT_SUPPORTED` for a session without a terminal
   */
  resize(size: TerminalSize): boolean;
  /**
   * To the command itself, its process group, or all that came of it. Rejects with `ERR_SIGNAL_UNKNOWN`.
   * @returns false when those whom it is for have ended
   */
  signal(signal: string, to?: TaskSignalTarget): Promise<boolean>;
  /**
   * Ends the session with all that came of the command: SIGHUP, a grace, SIGKILL. What has not been read by then is gone. Idempotent.
   * Rejects with `ERR_TASK_STUCK` when something is there even after SIGKILL.
   */
  close(options?: CloseSessionOptions): Promise<void>;
}
