// Owner of nothing; reads /proc: the oom_score_adj that a task starts with, see proc_pid_oom_score_adj(5).

import { readFileSync } from 'node:fs';
import { hasCapability } from '../process/capabilities.ts';

const capSysResource = 24;

/**
 * What has to be set for a task, or undefined when nothing has to.
 *
 * A task that asks for nothing gets 0 and not the supervisor's own value, which protects the supervisor. Where that would
 * be a lowering that this process may not do, the task keeps what it inherits.
 */
export function oomScoreAdjToSet(wanted: number | undefined): number | undefined {
  // At once: the kernel answers from memory, and a thread's help costs more than the answer.
  const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  if (wanted !== undefined) {
    return wanted === own ? undefined : wanted;
  }
  return own < 0 || (own > 0 && hasCapability(capSysResource)) ? 0 : undefined;
}
