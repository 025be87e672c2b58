// Terminals, pseudo-terminals and the signals that belong to them (native/addon/terminal.cc, terminal_io.cc).

import type { Watch } from './containment.ts';

/** Bits of `TerminalWatch.setEvents`. */
export const TerminalEvent = {
  readable: 1,
  writable: 2,
} as const;

/** The controller of a pseudo-terminal on the event loop; closing it closes the descriptor. */
export interface TerminalWatch extends Watch {
  /** What is waited for from here on; nothing at first. While it is nothing the event loop is not held. */
  setEvents(events: number): void;
}

export interface TerminalFunctions {
  /** ioctl TIOCSWINSZ / TIOCGWINSZ and tcsetpgrp/tcgetpgrp on a terminal; negative results are errnos. */
  tcsetpgrp(fd: number, pgid: number): number;
  tcgetpgrp(fd: number): number;
  getpgid(pid: number): number;
  /** The calling process stops or ends itself with the default action of `signal` (SIGTSTP, or to die by the child's signal). */
  raiseDefault(signal: number): void;
  /** A pseudo-terminal: [controller, terminal] descriptors, both O_CLOEXEC; negative errno on failure. */
  openPty(columns: number, rows: number): readonly [number, number] | number;
  setWindowSize(fd: number, columns: number, rows: number): number;
  /**
   * Takes the controller over, makes it non-blocking, and calls as long as something that is waited for can be done.
   * @returns minus errno on failure; the descriptor is closed then, too
   */
  watchTerminal(fd: number, onReady: () => void): TerminalWatch | number;
  /** Reads what there is, at most the buffer's length. @returns bytes, 0 at the end; minus errno: EAGAIN for nothing yet */
  readTerminal(fd: number, buffer: Buffer): number;
  /** Writes what the terminal takes of the buffer from `offset` on. @returns bytes, or minus errno: EAGAIN for none yet */
  writeTerminal(fd: number, buffer: Buffer, offset: number): number;
  /**
   * Puts /dev/null in the place of those standard streams whose terminal has hung up. Node aborts at its end while it has one: it
   * gives terminals their settings back, and counts on that.
   */
  leaveLostTerminals(): void;
  /** closes a descriptor that `spawn` or `openPty` handed out. */
  close(fd: number): void;
}
