// Owner of one act: a signal to the main process of a task, to its process group, or to everything in its containment.

import { RawExecError } from '../errors.ts';
import { native } from '../native.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { invalidOption } from '../process/invalid-option.ts';
import { signalArgument, targetOption } from '../process/option-values.ts';
import type { SignalTarget } from '../process/spawned-process.ts';
import type { SignalName } from '../signals.ts';
import type { Containment, SignalOutcome } from './containment.ts';

/** Whom a signal is for: `'cgroup'` is every process of the task, also where a subreaper takes the group's place. */
export type TaskSignalTarget = SignalTarget | 'cgroup';

/** The main process of a task: a `SpawnedProcess`. */
export interface MainProcess {
  readonly pid: number;
  readonly status: ExitStatus | undefined;
  readonly exited: Promise<ExitStatus>;
  readonly killSignal: string;
  readonly leadsGroup: boolean;
  kill(signal: SignalName | number, to?: SignalTarget): boolean;
}

/** @throws InvalidOptionError, also for `'group'` when the main process leads none */
export function readTaskTarget(
  option: string,
  value: unknown,
  main: MainProcess,
): TaskSignalTarget {
  if (value === 'cgroup') return value;
  if (value === 'main' || value === 'group') return targetOption(option, value, main.leadsGroup);
  throw invalidOption(option, value, "'main', 'group' or 'cgroup'");
}

/**
 * @param signal - a name (`'SIGTERM'`, `'SIGRTMIN+3'`) or a number; 0 sends nothing and only asks
 * @returns how many it reached: none when the main process has ended, and with it the name of its group
 * @throws InvalidOptionError for an unknown signal, with the nearest name
 *
 * @example
 * await signalContained(child, containment, 'SIGHUP', 'cgroup');
 */
export async function signalContained(
  main: MainProcess,
  containment: Containment,
  signal: SignalName | number,
  to: TaskSignalTarget = 'main',
): Promise<SignalOutcome> {
  const number = signalArgument(signal);
  const target = readTaskTarget('to', to, main);
  if (target === 'cgroup') return containment.signalAll(number);
  const addressed =
    target === 'main'
      ? 1
      : containment.members().filter((pid) => native.getpgid(pid) === main.pid).length;
  try {
    return { reached: main.kill(number, target) ? addressed : 0, refused: [] };
  } catch (error) {
    // It has become another user's: that is an outcome here, since whoever stops a task goes on.
    if (!(error instanceof RawExecError) || error.errno === undefined) throw error;
    return { reached: 0, refused: [{ pid: main.pid, errno: error.errno }] };
  }
}
