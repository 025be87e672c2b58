// Owner of this thread's one inotify instance, which is open while any directory is watched.

import { RawExecError } from '../errors.ts';
import {
  DirectoryEvent,
  lostEvents,
  type NativeDirectoryEvents,
} from '../native/directory-events.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';

/** What somebody wants to know of a directory. */
export type DirectoryListener = (bits: number) => void;

const listeners = new Map<number, Set<DirectoryListener>>();
let instance: NativeDirectoryEvents | undefined;

function tell(pairs: Int32Array): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const directory = pairs[at] ?? lostEvents;
    const bits = pairs[at + 1] ?? 0;
    const sets = directory === lostEvents ? [...listeners.values()] : [listeners.get(directory)];
    // A number that is gone may be given to another directory later.
    if ((bits & DirectoryEvent.gone) !== 0) listeners.delete(directory);
    for (const set of sets) for (const listener of [...(set ?? [])]) listener(bits);
  }
  closeWhenUnused();
}

function closeWhenUnused(): void {
  if (listeners.size > 0) return;
  instance?.close();
  instance = undefined;
}

function failure(directory: string, errno: number): RawExecError {
  const message = `cannot watch ${directory} for changes: ${describeErrno(errno)}`;
  return new RawExecError('ERR_LOG_WATCH', message, { errno, path: directory });
}

/**
 * Calls `listener` with bits of `DirectoryEvent` after changes in `directory`, several changes in one call.
 * @returns what ends it
 */
export function watchDirectory(directory: string, listener: DirectoryListener): () => void {
  const opened = instance ?? native.openDirectoryEvents(tell);
  if (typeof opened === 'number') throw failure(directory, -opened);
  instance = opened;
  const number = native.addDirectory(opened.descriptor, directory);
  if (number < 0) {
    closeWhenUnused();
    throw failure(directory, -number);
  }
  const set = listeners.get(number) ?? new Set();
  listeners.set(number, set.add(listener));
  return () => {
    set.delete(listener);
    if (set.size === 0 && listeners.get(number) === set) {
      listeners.delete(number);
      if (instance === opened) native.removeDirectory(opened.descriptor, number);
    }
    if (instance === opened) closeWhenUnused();
  };
}
