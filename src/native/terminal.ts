// Terminals, pseudo-terminals and the signals that belong to them (native/addon/terminal.cc).

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
  /** closes a descriptor that `spawn` or `openPty` handed out. */
  close(fd: number): void;
}
