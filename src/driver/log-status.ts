// Pure: what the pumps of a task's logs have done, in the words of the driver.

import { getSystemErrorName } from 'node:util';
import type { KeeperLogCounters } from '../native/keeper.ts';

/** What has become of one stream. A pump that had to be replaced counts from zero. */
export interface LogCounters {
  /** Written to the files. */
  readonly bytes: number;
  /** Not written for want of space, with `whenFull: 'drop'`. */
  readonly droppedBytes: number;
  /** How long it could not be written, in milliseconds. */
  readonly blockedMs: number;
  /** How often a new file was begun. */
  readonly rotations: number;
  /** How often somebody else has made the file shorter. */
  readonly truncations: number;
  /** Why nothing can be written at this moment, by name (`'ENOSPC'`); `'EAGAIN'` while a new pump is being started. */
  readonly blockedBy?: string;
}

/** Null: no pump carries the stream. It is not logged, or has ended and is complete. */
export interface TaskLogStatus {
  readonly stdout: LogCounters | null;
  readonly stderr: LogCounters | null;
}

export function describeLog(counters: KeeperLogCounters): LogCounters | null {
  const { bytes, droppedBytes, blockedMs, rotations, truncations, error, hasEnded } = counters;
  if (hasEnded) return null;
  return Object.freeze({
    bytes,
    droppedBytes,
    blockedMs,
    rotations,
    truncations,
    ...(error !== 0 && { blockedBy: getSystemErrorName(-error) }),
  });
}
