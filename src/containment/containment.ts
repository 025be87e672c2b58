// Pure: what holds the processes of one task together, so that none escapes a stop. Three things can: a cgroup v2 group,
// cgroup v1 groups, and a subreaper. docs/containment.md says what each guarantees.

import type { Survivor } from './survivors.ts';

/** A process that could not be signalled. */
export interface Refusal {
  readonly pid: number;
  /** errno(3); EPERM (1) for a process of another user. */
  readonly errno: number;
}

/** What a signal has come to. */
export interface SignalOutcome {
  /** How many it was sent to. */
  readonly reached: number;
  readonly refused: readonly Refusal[];
}

/** What killing everything has come to. */
export interface KillOutcome {
  /** How many processes were there to be killed, survivors included. */
  readonly killed: number;
  /** Whoever was still there at the deadline; none, as a rule. */
  readonly survivors: readonly Survivor[];
}

/** The processes of one task. Nothing outside of it is ever signalled by any of these. */
export interface Containment {
  /** `v2`, `v1`, `hybrid` (groups of both versions) or `tree` (a subreaper, no group). */
  readonly kind: 'v2' | 'v1' | 'hybrid' | 'tree';
  /** For people: `group /sys/fs/cgroup/…`, `processes below 123`. */
  readonly name: string;
  /** Pids, at this moment. */
  members(): readonly number[];
  isEmpty(): boolean;
  /** Whether it was empty, or became so, within that many milliseconds. No polling. */
  whenEmpty(deadlineMs: number): Promise<boolean>;
  /** Sends to each process, also those that appear meanwhile. */
  signalAll(signal: number): Promise<SignalOutcome>;
  /** SIGKILL to everything, thawed if it was frozen, until nothing is left or the deadline has passed. */
  killAll(deadlineMs: number): Promise<KillOutcome>;
  /** Lets go of descriptors and watchers; touches no process. Idempotent. */
  close(): void;
}
