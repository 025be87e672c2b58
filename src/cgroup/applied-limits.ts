// Pure: what became of limits.

import type { LimitOption } from './limits/task-limits.ts';

/** One file of a group, as it reads now. */
export interface AppliedLimit {
  readonly option: LimitOption;
  /** Absolute. */
  readonly file: string;
  /** As the kernel has it: rounded, clipped, or `max`. Undefined when it cannot be read any more. */
  readonly value: string | undefined;
}

/** A limit that was only implied, and that this host did not take. */
export interface NotAppliedLimit {
  readonly option: LimitOption;
  /** A clause for people. */
  readonly reason: string;
  /** Absolute, when a file was there to be written. */
  readonly file?: string;
  readonly value?: string;
  /** The positive errno(3) number of the write. */
  readonly errno?: number;
}
