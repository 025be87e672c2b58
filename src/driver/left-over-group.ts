// Owner of one act: what is left of a task's process group after its main process has ended gets SIGKILL.

import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNowMs } from '../clock.ts';
import type { ProcessFacts } from './proc-stat.ts';
import { scanProcesses } from './process-scan.ts';
import { systemErrorOf } from './system-error.ts';

const longestPauseMs = 50;

/**
 * Ends the group that the process `mainPid` led; to be called only after that process has been waited for.
 * @returns the processes that are still there after the deadline: none, as a rule
 */
export async function killLeftOverGroup(
  mainPid: number,
  deadlineMs: number,
): Promise<readonly number[]> {
  const giveUpAtMs = monotonicNowMs() + deadlineMs;
  let pauseMs = 1;
  while (exists(mainPid)) {
    const members = leftOverMembers(await scanProcesses(), mainPid);
    if (members.length === 0 || monotonicNowMs() > giveUpAtMs) {
      return members.map(({ pid }) => pid);
    }
    killGroup(mainPid);
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
  return [];
}

/** Asked first, because as a rule nothing is left, and reading all of /proc is dear on a host with many processes. */
function exists(processGroup: number): boolean {
  try {
    return process.kill(-processGroup, 0);
  } catch (error) {
    return systemErrorOf(error).code !== 'ESRCH';
  }
}

/**
 * The kernel does not give a number to a new process while a group is named by it, so a group without its leader is the one
 * that the task has left. With a leader it is somebody else's: the last member went, and the number came round again.
 */
function leftOverMembers(all: readonly ProcessFacts[], mainPid: number): readonly ProcessFacts[] {
  const own = all.find(({ pid }) => pid === process.pid);
  const members = all.filter(({ processGroup }) => processGroup === mainPid);
  const hasLeader = members.some(({ pid }) => pid === mainPid);
  // Members of one group are of one session: it is ours, because tasks do not start sessions.
  return hasLeader
    ? []
    : members.filter(({ isZombie, session }) => !isZombie && session === own?.session);
}

function killGroup(processGroup: number): void {
  try {
    // eslint-disable-next-line no-restricted-syntax -- its leader's pidfd reaches it no more; the group was looked at just now
    process.kill(-processGroup, 'SIGKILL');
  } catch (error) {
    // Gone between the look and the signal.
    if (systemErrorOf(error).code !== 'ESRCH') {
      throw error;
    }
  }
}
