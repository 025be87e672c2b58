// Owner of one command that runs beside a task of this process with its streams open: what it is held together by, until it is let go.

import { signalContained } from '../containment/signal-contained.ts';
import { stopContained } from '../containment/stop-contained.ts';
import { type SignalName, signalName } from '../signals.ts';
import { parseSignal } from './driver-errors.ts';
import type { StreamedCommand } from './exec-session.ts';
import type { HeldTask } from './held-task.ts';
import { SessionStdio } from './session-stdio.ts';
import { exitOf, killGraceMs, startBeside } from './start-beside.ts';
import type { TaskPlan } from './task-host.ts';
import type { ExecStreamingRequest } from './task-session.ts';
import { TaskStuckError } from './task-stuck-error.ts';

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
    const { child, containment, release } = startBeside(request, stdio.options, held);
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
      release: () => Promise.resolve(release()),
    };
  } catch (error) {
    stdio.close();
    throw error;
  }
}
