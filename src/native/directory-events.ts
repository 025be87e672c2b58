// What happens in directories, by inotify (native/addon/directory_events.cc).

import type { Watch } from './containment.ts';

/** Bits of what has happened in a directory. */
export const DirectoryEvent = {
  /** A file in it was written or truncated. */
  modified: 1,
  /** Entries came, went or changed their names. */
  entries: 2,
  /** The directory is gone: nothing is told of it any more. */
  gone: 4,
} as const;

/** In place of a directory's number: events were lost, of any of them. */
export const lostEvents = -1;

/** One inotify instance. */
export interface NativeDirectoryEvents extends Watch {
  /** For `addDirectory` and `removeDirectory`, until it is closed. */
  readonly descriptor: number;
}

export interface DirectoryEventFunctions {
  /**
   * @param onEvents - called with pairs of a directory's number and bits of `DirectoryEvent`
   * @returns minus errno on failure: EMFILE when the user has no instance left
   */
  openDirectoryEvents(onEvents: (pairs: Int32Array) => void): NativeDirectoryEvents | number;
  /** @returns its number, the same for the same directory; or minus errno: ENOSPC when the user has no watch left */
  addDirectory(descriptor: number, path: string): number;
  removeDirectory(descriptor: number, directory: number): void;
}
