// Owner of one command that runs beside a task: its process, its output, its deadline.

import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Containment } from '../containment/containment.ts';
import { spawnReaped } from '../containment/spawn-reaped.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { signalNumber } from '../signals.ts';
import { type HeldTask, spawnOptionsOf } from './held-task.ts';
import { killLeftOverGroup } from './left-over-group.ts';
import { OutputTail } from './output-tail.ts';
import type { ExecRequest, ExecResult, TaskPlan } from './task-host.ts';
import { settlesWithin } from './within.ts';

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
  const tail = new OutputTail(request.maxOutputBytes);
  const { child, tree } = startBeside(plan, request, held);
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => tail.add(chunk));
  }
  const ended = Promise.all([child.exited, ...streams.map(streamEnd)]);
  const isTimedOut = !(await settlesWithin(ended, request.timeoutMs));
  if (isTimedOut) {
    await killSession(child, tree, streams);
  }
  const status = await child.exited;
  return Object.freeze({
    exitCode: status.exitCode,
    signal: status.signal === null ? 0 : (signalNumber(status.signal) ?? 0),
    output: tail.toBuffer(),
    isTruncated: tail.isTruncated,
    isTimedOut,
  });
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

async function killSession(
  child: SpawnedProcess,
  tree: Containment | undefined,
  streams: readonly Readable[],
): Promise<void> {
  child.kill('SIGKILL', 'group');
  child.kill('SIGKILL');
  await (tree?.killAll(killGraceMs) ?? child.exited);
  await child.exited;
  if (tree === undefined) await killLeftOverGroup(child.pid, killGraceMs);
  for (const stream of streams) {
    // A process that has left the group may hold the other end for ever.
    stream.destroy();
  }
}

/** Destroying a stream that has not ended is how a deadline ends it. */
async function streamEnd(stream: Readable): Promise<void> {
  try {
    await finished(stream);
  } catch (error) {
    const isDestroyed =
      error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isDestroyed) {
      throw error;
    }
  }
}
