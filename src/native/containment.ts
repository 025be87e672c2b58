// The processes of control groups (native/addon/containment.cc): who they are, signals to all of them, news of their end.

/** Bits of `readGroupEvents`. */
export const GroupEvent = {
  populated: 1,
  frozen: 2,
} as const;

/** Something that the event loop watches for us. */
export interface Watch {
  /** Idempotent; nothing is told afterwards. */
  close(): void;
  /** Whether it holds the event loop, as it does at first. */
  setReferenced(isReferenced: boolean): void;
}

/** What one round of signals has come to. */
export interface NativeSignalRound {
  /** Pids. */
  readonly reached: Int32Array;
  /** Pairs pid, errno. */
  readonly refused: Int32Array;
  /** Tells once when all that were reached have ended (the first 1,024 of them); minus errno when that cannot be told. */
  readonly watch: Watch | number | undefined;
}

export interface ContainmentFunctions {
  /** What cgroup.events of a v2 group says: bits of `GroupEvent`, or minus errno. */
  readGroupEvents(directory: string): number;
  /** Calls with the bits at each change (EPOLLPRI, no polling), or with minus errno. @returns minus errno on failure */
  watchGroupEvents(directory: string, onChange: (events: number) => void): Watch | number;
  /** The processes in these groups and the groups below, each once, in ascending order; minus errno on failure. */
  listGroupMembers(directories: readonly string[]): Int32Array | number;
  /**
   * Sends to each process in these groups and the groups below, through a pidfd each, but not to those of `skip`.
   * @returns minus errno when a group cannot be read
   */
  signalGroupMembers(
    directories: readonly string[],
    signal: number,
    skip: Int32Array | undefined,
    onEnded: (() => void) | undefined,
  ): NativeSignalRound | number;
}
