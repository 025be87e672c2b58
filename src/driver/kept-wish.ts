// Pure: a task as the keeper is told of it.

import type { TaskCgroup } from '../cgroup/task-cgroup.ts';
import { KeeperTarget, type KeptLog, type KeptTask } from '../native/keeper.ts';
import { defaultGraceMs } from '../process/stop-steps.ts';
import { parseSignal } from './driver-errors.ts';
import { formatKeptState } from './kept-state.ts';
import type { StopTaskStep, TaskOutput, TaskPlan } from './task-host.ts';

/** The ladder of a task whose supervisor has gone: Nomad's default, then SIGKILL to everything. */
const endWithSupervisor: readonly StopTaskStep[] = [{ signal: 'SIGINT' }];

const targets = {
  main: KeeperTarget.main,
  group: KeeperTarget.group,
  cgroup: KeeperTarget.everything,
} as const;

/** @throws RawExecError ERR_SIGNAL_UNKNOWN */
export function ladderOf(steps: readonly StopTaskStep[]): Int32Array {
  return Int32Array.from(
    steps.flatMap(({ signal, to = 'main', graceMs = defaultGraceMs }) => [
      parseSignal(signal),
      targets[to],
      graceMs,
    ]),
  );
}

export function describeKeptTask(
  id: string,
  plan: TaskPlan,
  group: TaskCgroup,
  isKilledWithSupervisor: boolean,
): KeptTask {
  const { limits, writes, notApplied } = group;
  return {
    id,
    v2Group: group.paths.v2 ?? '',
    v1Groups: group.paths.v1,
    attachment: formatKeptState({ plan, hasEnvironment: true, limits, writes, notApplied }),
    isKilledWithSupervisor: isKilledWithSupervisor ? 1 : 0,
    steps: ladderOf(endWithSupervisor),
    stdout: logOf(plan.stdout, plan),
    stderr: logOf(plan.stderr, plan),
  };
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
