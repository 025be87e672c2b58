// What passes between us and the reaper of a task once it runs (native/addon/reaper.cc, native/core/reaper_wire.h).

import type { Watch } from './containment.ts';

/** What a reaper can be asked for. */
export const ReaperVerb = {
  /** Kill everything, until nothing is left or the deadline has passed. */
  kill: 1,
  /** Send a signal to every process of the task. */
  signal: 2,
} as const;

/** The id of the last message: the reaper has ended, and nothing of the task is left if it ended by itself. */
export const reaperClosed = -1;

export interface ReaperFunctions {
  /**
   * Takes over the socket of `ResultSlot.control`. The watch holds the event loop.
   * @param onMessage the id of the request, how many processes it reached, and pairs pid, errno of those who refused (or,
   *   with errno 0, have survived a kill)
   */
  watchReaper(
    control: number,
    onMessage: (id: number, reached: number, entries: Int32Array) => void,
  ): Watch | number;
  /** Sends SIGCONT to a reaper that is a child of this process; harmless while it runs. */
  wakeReaper(reaperPid: number): void;
  /** @param control as given to `watchReaper`, which must not have been closed. @returns 0 or a positive errno */
  askReaper(control: number, verb: number, id: number, signal: number, deadlineMs: number): number;
  /** All that live below a process, at most 65,536; minus errno where /proc cannot be read. */
  listTree(root: number): Int32Array | number;
}
