// Pure: a task as the keeper is told of it.

import type { NotAppliedLimit } from '../cgroup/applied-limits.ts';
import type { SessionPlace } from '../cgroup/session-place.ts';
import type { LimitState, TaskCgroup } from '../cgroup/task-cgroup.ts';
import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { KeeperTarget, type KeptLog, type KeptTask } from '../native/keeper.ts';
import { defaultGraceMs } from '../process/stop-steps.ts';
import { parseSignal } from './driver-errors.ts';
import { stateTooLarge } from './kept-errors.ts';
import { formatKeptState, maxStateBytes } from './kept-state.ts';
import type { StopTaskStep, TaskOutput, TaskPlan } from './task-host.ts';

/** The ladder of a task whose supervisor has gone: Nomad's default, then SIGKILL to everything. */
const endWithSupervisor: readonly StopTaskStep[] = [{ signal: 'SIGINT' }];

/** The same of a command beside a task: what a program gets whose terminal has gone, as its input and output have. */
const endSession: readonly StopTaskStep[] = [{ signal: 'SIGHUP', to: 'cgroup' }];

export const keeperTargets: Readonly<Record<TaskSignalTarget, number>> = {
  main: KeeperTarget.main,
  group: KeeperTarget.group,
  cgroup: KeeperTarget.everything,
};

/** A task without a group of its own. */
export interface HeldByReaper {
  readonly notApplied: readonly NotAppliedLimit[];
  /** As in `KeptState`. */
  readonly mark: string;
}

/** @throws RawExecError ERR_SIGNAL_UNKNOWN */
export function ladderOf(steps: readonly StopTaskStep[]): Int32Array {
  return Int32Array.from(
    steps.flatMap(({ signal, to = 'main', graceMs = defaultGraceMs }) => [
      parseSignal(signal),
      keeperTargets[to],
      graceMs,
    ]),
  );
}

export function describeKeptTask(
  id: string,
  plan: TaskPlan,
  held: TaskCgroup | HeldByReaper,
  isKilledWithSupervisor: boolean,
): KeptTask {
  const { v2 = '', v1 } = 'paths' in held ? held.paths : { v1: [] };
  return {
    id,
    isTree: 'paths' in held ? 0 : 1,
    v2Group: v2,
    v1Groups: v1,
    attachment: attachmentOf(id, plan, held),
    isKilledWithSupervisor: isKilledWithSupervisor ? 1 : 0,
    steps: ladderOf(endWithSupervisor),
    stdout: logOf(plan.stdout, plan),
    stderr: logOf(plan.stderr, plan),
  };
}

/** A command beside a task, in groups of its own; beside a task that a reaper holds in a tree of its own, which a mark names. */
export function describeSession(id: string, place: SessionPlace | string): KeptTask {
  const isTree = typeof place === 'string';
  const { v2 = '', v1 } = isTree ? { v1: [] } : place;
  return {
    id,
    isSession: 1,
    isTree: isTree ? 1 : 0,
    v2Group: v2,
    v1Groups: v1,
    attachment: isTree ? place : '',
    isKilledWithSupervisor: 1,
    steps: ladderOf(endSession),
    stdout: undefined,
    stderr: undefined,
  };
}

/**
 * What a later supervisor gets to know of a task.
 * @throws RawExecError ERR_KEEPER_STATE when the keeper would not take it
 */
export function attachmentOf(id: string, plan: TaskPlan, held: LimitState | HeldByReaper): string {
  const text = formatKeptState({
    plan,
    hasEnvironment: true,
    ...('mark' in held
      ? { ...held, limits: {}, writes: [] }
      : { limits: held.limits, writes: held.writes, notApplied: held.notApplied }),
  });
  const size = Buffer.byteLength(text);
  if (size > maxStateBytes) throw stateTooLarge(id, size, maxStateBytes);
  return text;
}

/** The files belong to the task's user, as its FIFO must for the program to open /dev/stdout. */
function logOf(output: TaskOutput, { credentials }: TaskPlan): KeptLog | undefined {
  if (output.to !== 'log') return undefined;
  const { directory, name, maxFiles, maxFileSizeBytes, mode, pump, whenFull } = output;
  return {
    directory,
    name,
    maxFiles,
    maxFileSize: maxFileSizeBytes,
    mode,
    uid: credentials?.uid ?? process.geteuid?.() ?? 0,
    gid: credentials?.gid ?? process.getegid?.() ?? 0,
    pump: pump === 'copy' ? 1 : 0,
    whenFull: whenFull === 'drop' ? 1 : 0,
  };
}
