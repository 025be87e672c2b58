// Owner of the wait for what a session's command has left behind: it may hold the output open for ever.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExecSession } from './task-session.ts';

/** How long it may: then it is hung up, and at last killed. */
const gracesMs = [500, 5000] as const;

/**
 * For a command that has ended: what it has started and left is ended, and no byte is lost.
 * @param through settles when all output has been passed on
 */
export async function endSessionLeftovers(
  session: ExecSession,
  through: Promise<unknown>,
): Promise<void> {
  const isThrough = through.then(() => true);
  for (const [at, graceMs] of gracesMs.entries()) {
    const ending = new AbortController();
    const isOver = delay(graceMs, false, { signal: ending.signal }).catch(() => false);
    const ended = await Promise.race([isThrough, isOver]);
    ending.abort();
    if (ended) return;
    await session.signal(at === 0 ? 'SIGHUP' : 'SIGKILL', 'cgroup');
  }
}
