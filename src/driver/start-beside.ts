// Owner of the start of a command beside a task of this process, as a child of this process.

import { makeSessionPlace, removeSessionPlace } from '../cgroup/session-place.ts';
import type { Containment } from '../containment/containment.ts';
import { containByGroups } from '../containment/group-containment.ts';
import { spawnReaped } from '../containment/spawn-reaped.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnOptions } from '../process/spawn-options.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { signalNumber } from '../signals.ts';
import type { HeldTask } from './held-task.ts';
import type { ExecRequest } from './task-host.ts';

/** Longer only in uninterruptible sleep. */
export const killGraceMs = 10_000;

/** A command that has been started, and what holds together all that comes of it. */
export interface Beside {
  readonly child: SpawnedProcess;
  readonly containment: Containment;
  /** To be called when nothing more is asked of it: what it has left behind goes with the task. */
  release(): void;
}

/**
 * Starts a command as the task runs, in a place of its own: a group below the task's, or a reaper. So its end is that of all that came
 * of it, and of nothing else of the task.
 */
export function startBeside(
  { command, args }: Pick<ExecRequest, 'command' | 'args'>,
  options: SpawnOptions,
  { group, trees }: Pick<HeldTask, 'group' | 'trees'>,
): Beside {
  const place = group === undefined ? undefined : makeSessionPlace(group);
  const containment = place === undefined ? undefined : containByGroups(place);
  if (place === undefined || containment === undefined) {
    const reaped = spawnReaped(command, args, {
      ...options,
      ...(place !== undefined && { cgroup: place.cgroup }),
      onSupervisorExit: 'kill',
    });
    trees?.add(reaped.containment);
    // A reaper ends with the last of its own.
    return { child: reaped.child, containment: reaped.containment, release: () => undefined };
  }
  const release = (): void => {
    containment.close();
    removeSessionPlace(place);
  };
  try {
    const child = spawn(command, args, {
      ...options,
      cgroup: place.cgroup,
      parentDeathSignal: 'SIGKILL',
    });
    return { child, containment, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** For those who are told of ends by numbers. */
export async function exitOf(
  child: SpawnedProcess,
): Promise<{ readonly exitCode: number; readonly signal: number }> {
  const { exitCode, signal } = await child.exited;
  return { exitCode, signal: signal === null ? 0 : (signalNumber(signal) ?? 0) };
}
