// Pure: what a failed step means to a user: its code, and what to do.

import type { SpawnErrorCode } from '../errors.ts';
import type { FailedStart } from './failed-start.ts';

/** errno(3) numbers that steps give a meaning of their own. */
const Errno = {
  notPermitted: 1,
  noEntry: 2,
  tooBig: 7,
  execFormat: 8,
  permissionDenied: 13,
  busy: 16,
  badArgument: 22,
  notSupported: 95,
} as const;

export interface StepVerdict {
  readonly code: SpawnErrorCode;
  readonly advice: string;
}

/** For errnos that are no limit that time may lift. */
export function stepVerdict(step: string, errno: number, start: FailedStart): StepVerdict {
  switch (step) {
    case 'cwd':
      return {
        code: 'ERR_CWD',
        advice: 'The directory must exist, and this process must be allowed to enter it',
      };
    case 'cgroupOpen':
    case 'cgroupV1':
    case 'cgroupV2':
      return cgroupVerdict(errno);
    case 'clone':
      if (start.plan.extras?.cgroupV2 !== undefined) return cgroupVerdict(errno);
      return {
        code: 'ERR_SPAWN_STEP',
        advice: 'The kernel or a sandbox around this process refuses new processes',
      };
    case 'networkNamespace':
      return {
        code: 'ERR_NETWORK_NAMESPACE',
        advice: 'It must be the file of a network namespace, and entering it needs CAP_SYS_ADMIN',
      };
    case 'stdio':
      return {
        code: 'ERR_STDIO',
        advice: 'The descriptor must be open, or the file must be there and allow what is asked',
      };
    case 'groups':
    case 'gid':
    case 'uid':
      return {
        code:
          errno === Errno.notPermitted || errno === Errno.badArgument
            ? 'ERR_NOT_PERMITTED'
            : 'ERR_SPAWN_STEP',
        advice:
          errno === Errno.badArgument
            ? 'The id is not mapped in the user namespace of this process'
            : 'This process may not change to that user: it needs CAP_SETUID and CAP_SETGID',
      };
    case 'exec':
      return unseenFileVerdict(errno);
    default:
      return permissionVerdict(step, errno);
  }
}

/** Where the file could not be looked at (exec-failure.ts): the same codes, as far as the errno alone tells. */
function unseenFileVerdict(errno: number): StepVerdict {
  const advice = 'Its file could not be looked at: no descriptor was left for that';
  switch (errno) {
    case Errno.noEntry:
      return { code: 'ERR_COMMAND_NOT_FOUND', advice };
    case Errno.tooBig:
      return { code: 'ERR_ARGUMENTS_TOO_LONG', advice };
    case Errno.execFormat:
      return { code: 'ERR_COMMAND_FORMAT', advice };
    case Errno.permissionDenied:
      return { code: 'ERR_COMMAND_NOT_EXECUTABLE', advice };
    default:
      return { code: 'ERR_SPAWN_STEP', advice };
  }
}

function cgroupVerdict(errno: number): StepVerdict {
  switch (errno) {
    case Errno.noEntry:
      return {
        code: 'ERR_CGROUP',
        advice: 'The group does not exist, and none is made here: create it first',
      };
    case Errno.permissionDenied:
    case Errno.notPermitted:
      return {
        code: 'ERR_CGROUP',
        advice:
          'This process must be allowed to write cgroup.procs of the group, and of the nearest group above that holds both the old and the new place',
      };
    case Errno.busy:
      return {
        code: 'ERR_CGROUP',
        advice:
          'The group hands controllers to groups below it, so it cannot hold processes itself: name one of those',
      };
    case Errno.notSupported:
      return {
        code: 'ERR_CGROUP',
        advice:
          'The group is in an invalid or threaded domain, see cgroups(7): it takes no processes',
      };
    default:
      return {
        code: 'ERR_CGROUP',
        advice: 'It must be the directory of a cgroup that takes processes',
      };
  }
}

const capabilities: Readonly<Record<string, string>> = {
  oomScoreAdj: 'Lowering the score needs CAP_SYS_RESOURCE',
  resourceLimit: 'Raising a hard limit needs CAP_SYS_RESOURCE',
  nice: 'Raising the priority needs CAP_SYS_NICE',
};

function permissionVerdict(step: string, errno: number): StepVerdict {
  const capability = capabilities[step];
  const isRefused = errno === Errno.notPermitted || errno === Errno.permissionDenied;
  if (capability !== undefined && isRefused)
    return { code: 'ERR_NOT_PERMITTED', advice: capability };
  return { code: 'ERR_SPAWN_STEP', advice: adviceFor(step) };
}

function adviceFor(step: string): string {
  switch (step) {
    case 'processGroup':
      return 'The group must exist, and be in the session of this process';
    case 'controllingTerminal':
      return "Slot 0 must be a terminal that is nobody else's controlling terminal";
    case 'cpuAffinity':
      return 'At least one of the CPUs must exist, be online and be allowed to this process';
    case 'resourceLimit':
      return 'The limit is above what the kernel allows';
    default:
      return `The step "${step}" of the start has failed; nothing was started`;
  }
}
