// Owner of one question: which thread this is. Not asked of node:worker_threads, which costs milliseconds to load.

import { readlinkSync } from 'node:fs';

/** "PID/task/TID", see proc_thread-self(5), Linux 3.17. The main thread has the process's number. */
function looksLikeMainThread(): boolean {
  try {
    const [pid, , tid] = readlinkSync('/proc/thread-self').split('/');
    return pid === tid;
  } catch (error) {
    // Without /proc the safe answer: a copy of the environment is handed over where none would be needed.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Whether `process.env` of this thread is the process's own environment; worker threads have a copy. */
export const isMainThread: boolean = looksLikeMainThread();
