// Owner of one command that runs beside a task of this process with its streams open: what it is held together by, until it is let go.

import {
  makeSessionPlace,
  removeSessionPlace,
  type SessionPlace,
} from '../cgroup/session-place.ts';
import type { Containment } from '../containment/containment.ts';
import { containByGroups } from '../containment/group-containment.ts';
import { signalContained } from '../containment/signal-contained.ts';
import { spawnReaped } from '../containment/spawn-reaped.ts';
import { stopContained } from '../containment/stop-contained.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnOptions } from '../process/spawn-options.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { type SignalName, signalName } from '../signals.ts';
import { parseSignal } from './driver-errors.ts';
import type { StreamedCommand } from './exec-session.ts';
import type { HeldTask } from './held-task.ts';
import { exitOf } from './in-process-exec.ts';
import { SessionStdio } from './session-stdio.ts';
import type { TaskPlan } from './task-host.ts';
import type { ExecStreamingRequest } from './task-session.ts';
import { TaskStuckError } from './task-stuck-error.ts';

/** Longer only in uninterruptible sleep. */
const killGraceMs = 10_000;

/**
 * Starts a command as the task runs, with its streams open. It has a place of its own: a group below the task's, or a reaper. So its end
 * is that of all that came of it, and of nothing else of the task.
 */
export function openBeside(
  id: string,
  plan: TaskPlan,
  request: ExecStreamingRequest,
  held: Pick<HeldTask, 'group' | 'trees'>,
): StreamedCommand {
  const stdio = new SessionStdio(plan, request);
  try {
    const { child, containment, place } = startContained(request, stdio.options, held);
    return {
      streams: stdio.streams(child),
      exited: exitOf(child),
      signal: async (signal, to) => {
        const isThere = to === 'cgroup' || child.status === undefined;
        if (!isThere) return 0;
        return (await signalContained(child, containment, parseSignal(signal), to)).reached;
      },
      isEmpty: () => containment.members().length === 0,
      end: async (steps) => {
        const ladder = steps.map((step) => ({
          ...step,
          signal: signalName(parseSignal(step.signal)) as SignalName,
        }));
        const { survivors } = await stopContained(child, containment, {
          steps: ladder,
          killGraceMs,
        });
        if (survivors.length > 0) throw new TaskStuckError(id, survivors);
      },
      release: async () => {
        // A reaper ends with the last of its own.
        if (place === undefined) return;
        containment.close();
        removeSessionPlace(place);
      },
    };
  } catch (error) {
    stdio.close();
    throw error;
  }
}

interface Contained {
  readonly child: SpawnedProcess;
  readonly containment: Containment;
  /** Absent for a command that a reaper holds. */
  readonly place?: SessionPlace;
}

function startContained(
  { command, args }: ExecStreamingRequest,
  options: SpawnOptions,
  { group, trees }: Pick<HeldTask, 'group' | 'trees'>,
): Contained {
  const place = group === undefined ? undefined : makeSessionPlace(group);
  const containment = place === undefined ? undefined : containByGroups(place);
  if (place === undefined || containment === undefined) {
    const reaped = spawnReaped(command, args, {
      ...options,
      ...(place !== undefined && { cgroup: place.cgroup }),
      onSupervisorExit: 'kill',
    });
    trees?.add(reaped.containment);
    return { child: reaped.child, containment: reaped.containment };
  }
  try {
    const child = spawn(command, args, {
      ...options,
      cgroup: place.cgroup,
      parentDeathSignal: 'SIGKILL',
    });
    return { child, containment, place };
  } catch (error) {
    containment.close();
    removeSessionPlace(place);
    throw error;
  }
}
