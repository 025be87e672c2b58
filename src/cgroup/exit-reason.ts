// Pure: why a task's main process ended, from its status and what is known of its group.

import type { OomCount } from './oom-watch.ts';

/**
 * - `exited`: by itself, with a code
 * - `oomKilled`: by the kernel, for want of memory in its group
 * - `limit`: by a limit on the process itself: CPU time (SIGXCPU), file size (SIGXFSZ), or its time to run
 * - `stopped`: because somebody asked for its end
 * - `signalled`: by any other signal
 * - `unknown`: somebody else took its status
 */
export type ExitReason = 'exited' | 'oomKilled' | 'limit' | 'stopped' | 'signalled' | 'unknown';

/** What is known of an end. */
export interface EndFacts {
  /** False when somebody else took the status. */
  readonly isStatusKnown: boolean;
  /** The signal that ended it, `'SIGKILL'` for example; null when none did. */
  readonly signal: string | null;
  /** A stop had been asked for before it ended. */
  readonly isStopRequested: boolean;
  /** SIGKILL had been sent by us before it ended: then that may be what ended it. */
  readonly isKillSent: boolean;
  /** Its time to run (`timeoutMs`) was over. */
  readonly isTimedOut: boolean;
  /**
   * OOM kills in its group while it ran. Absent when they cannot be told: no memory controller, or a group that it shares
   * with others, whose kills would count too.
   */
  readonly oom?: OomCount;
}

/** Why it ended. Frozen. */
export interface ExitExplanation {
  readonly reason: ExitReason;
  /**
   * True only when SIGKILL ended the main process, nobody of us had sent it, and the OOM kills of its own group had risen.
   * Absent when it cannot be told.
   */
  readonly oomKilled?: boolean;
  /** OOM kills in the group, of other processes of the task too; absent when they cannot be told. */
  readonly oomKills?: number;
}

const limitSignals: readonly string[] = ['SIGXCPU', 'SIGXFSZ'];

export function explainExit(facts: EndFacts): ExitExplanation {
  const oomKilled = wasOomKilled(facts);
  return Object.freeze({
    reason: reasonOf(facts, oomKilled === true),
    ...(oomKilled === undefined ? {} : { oomKilled }),
    ...(facts.oom === undefined ? {} : { oomKills: facts.oom.kills }),
  });
}

function wasOomKilled({ isStatusKnown, signal, isKillSent, oom }: EndFacts): boolean | undefined {
  if (!isStatusKnown) return undefined;
  // The kernel's OOM killer sends nothing else: whatever ended otherwise was not killed by it, in any group.
  if (signal !== 'SIGKILL') return false;
  if (oom === undefined) return undefined;
  if (oom.kills === 0 && oom.groupKills === 0) return false;
  // Both may have happened, and nothing tells which of the two signals came first.
  return isKillSent ? undefined : true;
}

function reasonOf(facts: EndFacts, isOomKilled: boolean): ExitReason {
  if (!facts.isStatusKnown) return 'unknown';
  if (isOomKilled) return 'oomKilled';
  if (facts.isTimedOut) return 'limit';
  if (facts.isStopRequested) return 'stopped';
  if (facts.signal === null) return 'exited';
  return limitSignals.includes(facts.signal) ? 'limit' : 'signalled';
}
