// Owner of nothing; reads /proc: which processes have survived, and why.

import { readFileSync } from 'node:fs';
import { hasErrorCode } from '../system-code.ts';
import type { Refusal } from './containment.ts';

/**
 * Why a process outlived SIGKILL:
 * - `uninterruptible`: it sits in the kernel where no signal is looked at (state D): a disk or a network file system that
 *   does not answer. It ends when that does.
 * - `frozen`: it sits in a v1 freezer that is not the task's own. It ends when that is thawed.
 * - `notPermitted`: it is another user's, and this process has no CAP_KILL.
 * - `escaping`: none of these: it forks faster than it is found, or is just going.
 */
export type SurvivalReason = 'escaping' | 'frozen' | 'notPermitted' | 'uninterruptible';

/** A process that is there although everything was killed. Frozen. */
export interface Survivor {
  readonly pid: number;
  /** Its name, see proc_pid_comm(5). */
  readonly command: string;
  /** One letter: R, S, D, T, t, I, or Z for a first thread that others have outlived, see proc_pid_stat(5). */
  readonly state: string;
  /** The kernel function that it waits in, see proc_pid_wchan(5); absent where the kernel does not tell. */
  readonly waitsIn?: string;
  readonly reason: SurvivalReason;
}

/** Field 20 of proc_pid_stat(5), counted from field 3. */
const numberOfThreads = 17;
/** errno(3) EPERM. */
const noPermission = 1;

/** Those whose refusal is for good: another user's. */
export function notPermitted(refusals: readonly Refusal[]): readonly Refusal[] {
  return refusals.filter(({ errno }) => errno === noPermission);
}

/** Those of `pids` that live; zombies do not. `refused`: those whom SIGKILL could not be sent to. */
export function findSurvivors(
  pids: readonly number[],
  refused: ReadonlySet<number> = new Set(),
): readonly Survivor[] {
  return pids.flatMap((pid) => {
    const stat = readProcFile(pid, 'stat');
    if (stat === undefined) return [];
    const nameEnd = stat.lastIndexOf(')');
    const fields = stat.slice(nameEnd + 2).split(' ');
    const state = fields[0] ?? '';
    // A first thread that has ended is a zombie as long as others go on.
    const hasEnded = state === 'Z' && Number(fields[numberOfThreads]) <= 1;
    if (hasEnded || state === 'X' || state === 'x') return [];
    const waitsIn = readProcFile(pid, 'wchan');
    const hasPlace = waitsIn !== undefined && waitsIn !== '' && waitsIn !== '0';
    return [
      Object.freeze({
        pid,
        command: stat.slice(stat.indexOf('(') + 1, nameEnd),
        state,
        ...(hasPlace && { waitsIn }),
        reason: refused.has(pid) ? 'notPermitted' : reasonOf(pid, state, waitsIn),
      } as const),
    ];
  });
}

function reasonOf(pid: number, state: string, waitsIn: string | undefined): SurvivalReason {
  if (waitsIn === '__refrigerator' || isInFrozenV1Group(pid)) return 'frozen';
  return state === 'D' ? 'uninterruptible' : 'escaping';
}

/** wchan tells nothing to other users, or under kernels without it; then the freezer itself is asked. */
function isInFrozenV1Group(pid: number): boolean {
  const line = readProcFile(pid, 'cgroup')
    ?.split('\n')
    .find((entry) => entry.split(':')[1]?.split(',').includes('freezer'));
  const path = line?.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
  if (path === undefined) return false;
  // Where systemd and everybody else mounts it; elsewhere the reason stays "uninterruptible".
  const state = readText(`/sys/fs/cgroup/freezer${path}/freezer.state`);
  return state !== undefined && state.trim() !== 'THAWED';
}

function readProcFile(pid: number, name: string): string | undefined {
  return readText(`/proc/${pid}/${name}`);
}

/** undefined for what is gone or not ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENODEV', 'ENOTDIR'])) {
      return undefined;
    }
    throw error;
  }
}
