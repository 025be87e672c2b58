// Owner of one command that runs beside a task of this process, as a child of this process.

import type { Containment } from '../containment/containment.ts';
import { spawnReaped } from '../containment/spawn-reaped.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { signalNumber } from '../signals.ts';
import { collectExec } from './collect-exec.ts';
import { type HeldTask, spawnOptionsOf } from './held-task.ts';
import { killLeftOverGroup } from './left-over-group.ts';
import type { ExecRequest, ExecResult, TaskPlan } from './task-host.ts';

/** Longer only in uninterruptible sleep. */
const killGraceMs = 10_000;

/**
 * Runs a command as the task runs, and collects its output until everybody who could write to it has ended. It is in the task's
 * own group; where the task has none it has a reaper of its own. So what it leaves behind does not outlive the task either way.
 *
 * At the deadline the command and all of its process group get SIGKILL, not only the command itself; with a reaper all that came
 * of it.
 */
export async function execBeside(
  plan: TaskPlan,
  request: ExecRequest,
  held: Pick<HeldTask, 'group' | 'trees'>,
): Promise<ExecResult> {
  const { child, tree } = startBeside(plan, request, held);
  const exited = exitOf(child);
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  return collectExec({ streams, exited, kill: () => killSession(child, tree) }, request);
}

/** For those who are told of ends by numbers. */
export async function exitOf(
  child: SpawnedProcess,
): Promise<{ readonly exitCode: number; readonly signal: number }> {
  const { exitCode, signal } = await child.exited;
  return { exitCode, signal: signal === null ? 0 : (signalNumber(signal) ?? 0) };
}

interface Beside {
  readonly child: SpawnedProcess;
  /** What holds it together where the task has no group. */
  readonly tree?: Containment;
}

function startBeside(
  plan: TaskPlan,
  { command, args }: ExecRequest,
  { group, trees }: Pick<HeldTask, 'group' | 'trees'>,
): Beside {
  const options = spawnOptionsOf(plan, ['ignore', 'pipe', 'pipe']);
  if (group !== undefined) {
    return { child: spawn(command, args, { ...options, cgroup: group.spawnOption() }) };
  }
  const { child, containment } = spawnReaped(command, args, {
    ...options,
    onSupervisorExit: 'kill',
  });
  trees?.add(containment);
  return { child, tree: containment };
}

async function killSession(child: SpawnedProcess, tree: Containment | undefined): Promise<void> {
  child.kill('SIGKILL', 'group');
  child.kill('SIGKILL');
  await (tree?.killAll(killGraceMs) ?? child.exited);
  await child.exited;
  if (tree === undefined) await killLeftOverGroup(child.pid, killGraceMs);
}
