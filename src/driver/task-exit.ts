// Pure: from the status of a process and what is known of its group to how its task ended.

import { explainExit } from '../cgroup/exit-reason.ts';
import type { OomCount } from '../cgroup/oom-watch.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { signalNumber } from '../signals.ts';
import type { EndRequests } from './stop-signals.ts';
import type { TaskExit } from './task-host.ts';

export function taskExit(
  status: ExitStatus,
  facts: EndRequests & { readonly oom: OomCount | undefined },
): TaskExit {
  const isStatusKnown = status.code !== null || status.signal !== null;
  const { oom, ...requests } = facts;
  const { reason, oomKilled, oomKills } = explainExit({
    isStatusKnown,
    signal: status.signal,
    isTimedOut: status.timedOut,
    ...requests,
    ...(oom !== undefined && { oom }),
  });
  return Object.freeze({
    exitCode: status.exitCode,
    signal: status.signal === null ? 0 : (signalNumber(status.signal) ?? 0),
    isStatusKnown,
    isOomKilled: oomKilled === true,
    reason,
    ...(oomKills !== undefined && { oomKills }),
    exitedAt: new Date(status.startedAt.getTime() + status.durationMs),
  });
}
