// Owner of one command that runs beside a task of this process, until it has ended and its output is here.

import { stopContained } from '../containment/stop-contained.ts';
import { collectExec } from './collect-exec.ts';
import { type HeldTask, spawnOptionsOf } from './held-task.ts';
import { exitOf, killGraceMs, startBeside } from './start-beside.ts';
import type { ExecRequest, ExecResult, TaskPlan } from './task-host.ts';
import { TaskStuckError } from './task-stuck-error.ts';

/**
 * Runs a command as the task runs, and collects its output until everybody who could write to it has ended. At the deadline it
 * gets SIGKILL with all that came of it; what it leaves behind otherwise does not outlive the task.
 */
export async function execBeside(
  id: string,
  plan: TaskPlan,
  request: ExecRequest,
  held: Pick<HeldTask, 'group' | 'trees'>,
): Promise<ExecResult> {
  const options = spawnOptionsOf(plan, ['ignore', 'pipe', 'pipe']);
  const { child, containment, release } = startBeside(request, options, held);
  const kill = async (): Promise<void> => {
    const { survivors } = await stopContained(child, containment, { steps: [], killGraceMs });
    if (survivors.length > 0) throw new TaskStuckError(id, survivors);
  };
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  try {
    return await collectExec({ streams, exited: exitOf(child), kill }, request);
  } finally {
    release();
  }
}
