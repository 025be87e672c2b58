// Pure: from the keeper's record of an end to how the task ended.

import { explainExit } from '../cgroup/exit-reason.ts';
import type { OomCount } from '../cgroup/oom-watch.ts';
import { type KeeperExit, KeeperExitState } from '../native/keeper.ts';
import { signalName } from '../signals.ts';
import type { TaskExit } from './task-host.ts';

export function keptExit(exit: KeeperExit, oom: OomCount | undefined): TaskExit {
  const isStatusKnown = exit.state === KeeperExitState.exited;
  const counted = oom ?? (exit.oomKills >= 0 ? { kills: exit.oomKills, groupKills: 0 } : undefined);
  const { reason, oomKilled, oomKills } = explainExit({
    isStatusKnown,
    signal: exit.signal === 0 ? null : signalName(exit.signal),
    isStopRequested: exit.wasStopped,
    isKillSent: exit.wasStopped,
    isTimedOut: false,
    ...(counted !== undefined && { oom: counted }),
  });
  return Object.freeze({
    exitCode: isStatusKnown ? (exit.signal === 0 ? exit.code : 128 + exit.signal) : -1,
    signal: isStatusKnown ? exit.signal : 0,
    isStatusKnown,
    isOomKilled: oomKilled === true,
    reason,
    ...(oomKills !== undefined && { oomKills }),
    exitedAt: exit.exitedAtMs > 0 ? new Date(exit.exitedAtMs) : new Date(0),
  });
}
