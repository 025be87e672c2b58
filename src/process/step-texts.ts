// Pure: what each step of a start tries to do, for messages.

import type { FailedStart } from './failed-start.ts';

export interface StepText {
  /** After "cannot …". */
  readonly attempt: string;
  readonly syscall?: string;
  readonly path?: string;
}

type Describe = (start: FailedStart, detail: number) => StepText;

const texts: ReadonlyMap<string, Describe> = new Map<string, Describe>([
  ['prepare', (start) => ({ attempt: `prepare the start of ${start.command}` })],
  ['cgroupOpen', (start) => cgroup(start.plan.extras?.cgroupV2, 'open')],
  ['cgroupFrozen', (start) => cgroup(start.plan.extras?.cgroupV2)],
  ['cgroupV1', (start, detail) => cgroup(start.plan.extras?.cgroupV1?.[detail], 'write')],
  ['cgroupV2', (start) => cgroup(start.plan.extras?.cgroupV2, 'write')],
  ['forker', () => ({ attempt: 'use the helper process that makes this kind of start' })],
  ['clone', clone],
  [
    'unshareFiles',
    () => ({ attempt: 'separate the descriptors of the new process', syscall: 'close_range' }),
  ],
  ['signals', () => ({ attempt: 'set all signals to their defaults', syscall: 'rt_sigaction' })],
  ['newSession', () => ({ attempt: 'start a new session', syscall: 'setsid' })],
  ['processGroup', processGroup],
  ['parentDeathSignal', () => ({ attempt: 'set the parent death signal', syscall: 'prctl' })],
  [
    'oomScoreAdj',
    (start) => ({
      attempt: `set oom_score_adj to ${start.plan.oomScoreAdj}`,
      syscall: 'write',
      path: '/proc/self/oom_score_adj',
    }),
  ],
  ['resourceLimit', () => ({ attempt: 'set a resource limit', syscall: 'prlimit' })],
  [
    'nice',
    (start) => ({
      attempt: `set the nice value to ${start.plan.extras?.nice ?? 0}`,
      syscall: 'setpriority',
    }),
  ],
  ['cpuAffinity', cpuAffinity],
  ['networkNamespace', networkNamespace],
  ['noNewPrivs', () => ({ attempt: 'set no_new_privs', syscall: 'prctl' })],
  ['stdio', stdio],
  ['controllingTerminal', () => ({ attempt: 'take the terminal at slot 0', syscall: 'ioctl' })],
  [
    'cwd',
    (start) => ({
      attempt: `change to the directory ${start.plan.cwd ?? '.'}`,
      syscall: 'chdir',
      ...withPath(start.plan.cwd),
    }),
  ],
  ['groups', () => ({ attempt: 'set the supplementary groups', syscall: 'setgroups' })],
  [
    'gid',
    (start) => ({
      attempt: `change to group ${start.plan.extras?.gid ?? ''}`,
      syscall: 'setresgid',
    }),
  ],
  [
    'uid',
    (start) => ({
      attempt: `change to user ${start.plan.extras?.uid ?? ''}`,
      syscall: 'setresuid',
    }),
  ],
  ['closeOthers', () => ({ attempt: 'close all other descriptors', syscall: 'close_range' })],
  ['signalMask', () => ({ attempt: 'empty the signal mask', syscall: 'rt_sigprocmask' })],
  ['exec', (start) => ({ attempt: `execute ${start.file}`, syscall: 'execve', path: start.file })],
  [
    'exitNotice',
    () => ({ attempt: 'watch the new process, which was killed for that', syscall: 'epoll_ctl' }),
  ],
]);

/** All steps that have a text; a test holds them against the engine's list. */
export const describedSteps: readonly string[] = [...texts.keys()];

export function describeStep(step: string, start: FailedStart, detail: number): StepText {
  return texts.get(step)?.(start, detail) ?? { attempt: `start ${start.command}` };
}

function withPath(path: string | undefined): { path?: string } {
  return path === undefined ? {} : { path };
}

function cgroup(path: string | undefined, syscall?: string): StepText {
  const which = path === undefined ? 'the cgroup' : `the cgroup ${path}`;
  return {
    attempt: `enter ${which}`,
    ...withPath(path),
    ...(syscall === undefined ? {} : { syscall }),
  };
}

function clone(start: FailedStart): StepText {
  const group = start.plan.extras?.cgroupV2;
  if (group !== undefined) {
    return { attempt: `make a new process in the cgroup ${group}`, syscall: 'clone3', path: group };
  }
  return { attempt: `make a new process for ${start.command}`, syscall: 'clone3' };
}

function processGroup(start: FailedStart): StepText {
  const group = start.plan.processGroup;
  const attempt = group > 0 ? `join the process group ${group}` : 'start a new process group';
  return { attempt, syscall: 'setpgid' };
}

function cpuAffinity(start: FailedStart): StepText {
  const cpus = start.plan.extras?.cpuAffinity ?? [];
  return {
    attempt: `restrict the process to the CPUs ${cpus.join(', ')}`,
    syscall: 'sched_setaffinity',
  };
}

function networkNamespace(start: FailedStart): StepText {
  const path = start.plan.extras?.networkNamespace;
  return {
    attempt: `enter the network namespace ${path ?? ''}`,
    syscall: 'setns',
    ...withPath(path),
  };
}

/** @param slot - the slot that failed, or -1 */
function stdio(start: FailedStart, slot: number): StepText {
  const file = start.plan.extras?.files?.find((entry) => entry.slot === slot);
  if (file !== undefined) {
    return { attempt: `open ${file.path} for stdio[${slot}]`, syscall: 'open', path: file.path };
  }
  const descriptor = start.plan.stdio[slot];
  if (descriptor === undefined) return { attempt: 'set up the stdio of the new process' };
  if (descriptor < 0) return { attempt: `set up stdio[${slot}]` };
  return { attempt: `pass descriptor ${descriptor} as stdio[${slot}]`, syscall: 'dup3' };
}
