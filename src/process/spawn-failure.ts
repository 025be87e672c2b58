// Pure but for the look at a refused file: turns the engine's answer {step, errno} into a SpawnError.

import { SpawnError, type SpawnErrorCode } from '../errors.ts';
import { type Binding, FailureFlag, ResultSlot } from '../native/spawning.ts';
import { native } from '../native.ts';
import { hasErrorCode } from '../system-code.ts';
import { describeErrno } from './errno.ts';
import { execFailure } from './exec-failure.ts';
import type { FailedStart } from './failed-start.ts';
import { describeStep, type StepText } from './step-texts.ts';
import { stepVerdict } from './step-verdict.ts';

const binding: Binding = native.binding();

/** errno(3) numbers that mean the same in every step. */
const Errno = {
  tooManyProcesses: 11, // EAGAIN
  noMemory: 12,
  systemFiles: 23, // ENFILE
  ownFiles: 24, // EMFILE
} as const;

interface Verdict {
  readonly code: SpawnErrorCode;
  readonly advice: string;
  readonly isRetryable: boolean;
}

/** To be called at once after a failed start: the result is overwritten by the next one. */
export function spawnFailure(start: FailedStart): SpawnError {
  const result = binding.result;
  const errno = result[ResultSlot.errno] ?? 0;
  const step = native.spawnSteps[result[ResultSlot.step] ?? -1] ?? 'unknown';
  const flags = result[ResultSlot.failureFlags] ?? 0;
  const text = describeStep(step, start, result[ResultSlot.detail] ?? -1);
  if ((flags & FailureFlag.stuck) !== 0) return stuckBeforeExec(start, step, text);
  if ((flags & FailureFlag.deadline) !== 0) return deadlinePassed(start, step, text);
  if ((flags & FailureFlag.killedEarly) !== 0) return killedEarly(start, step, text);
  if (step === 'exec') {
    const failure = lookAtFile(start, errno);
    if (failure !== undefined) return failure;
  }
  const { code, advice, isRetryable } = verdictOn(step, errno, start);
  return new SpawnError(code, `cannot ${text.attempt}: ${describeErrno(errno)}. ${advice}`, {
    ...detailsOf(step, text),
    errno,
    isRetryable,
  });
}

/** What looks is loaded now (late-part.ts), which takes a descriptor as the look itself does. */
function lookAtFile(start: FailedStart, errno: number): SpawnError | undefined {
  try {
    return execFailure(start, errno);
  } catch (error) {
    if (hasErrorCode(error, ['ERR_TOO_MANY_FILES'])) return undefined;
    throw error;
  }
}

function detailsOf(
  step: string,
  text: StepText,
): { step: string; syscall?: string; path?: string } {
  return {
    step,
    ...(text.syscall === undefined ? {} : { syscall: text.syscall }),
    ...(text.path === undefined ? {} : { path: text.path }),
  };
}

function deadlinePassed(start: FailedStart, step: string, text: StepText): SpawnError {
  return new SpawnError(
    'ERR_EXEC_DEADLINE',
    `cannot start ${start.command}: it had not begun ${start.plan.execDeadlineMs} ms after the start and was killed, ` +
      `while it tried to ${text.attempt}. A file system that does not answer or a frozen group can be the reason`,
    { ...detailsOf(step, text), isRetryable: true },
  );
}

function killedEarly(start: FailedStart, step: string, text: StepText): SpawnError {
  return new SpawnError(
    'ERR_KILLED_BEFORE_EXEC',
    `cannot start ${start.command}: somebody killed the process before the program had begun, while it tried to ` +
      `${text.attempt}. The OOM killer, or whoever ends all processes of its group, can be the reason`,
    { ...detailsOf(step, text), isRetryable: true },
  );
}

function stuckBeforeExec(start: FailedStart, step: string, text: StepText): SpawnError {
  return new SpawnError(
    'ERR_STUCK_BEFORE_EXEC',
    `cannot start ${start.command}: after ${start.plan.execDeadlineMs} ms it sits in uninterruptible sleep where ` +
      `even SIGKILL does not end it, while it tried to ${text.attempt}. It ends when what it waits for answers`,
    detailsOf(step, text),
  );
}

function verdictOn(step: string, errno: number, start: FailedStart): Verdict {
  if (step === 'cgroupFrozen') {
    return {
      code: 'ERR_CGROUP_FROZEN',
      advice: 'The group is frozen, and a process in it would not begin: thaw it first',
      isRetryable: true,
    };
  }
  const limit = limitVerdict(step, errno, start);
  if (limit !== undefined) return limit;
  return { ...stepVerdict(step, errno, start), isRetryable: false };
}

/** Limits that time or somebody else may lift. */
function limitVerdict(step: string, errno: number, start: FailedStart): Verdict | undefined {
  switch (errno) {
    case Errno.tooManyProcesses: {
      const group = start.plan.extras?.cgroupV2 === undefined ? '' : ', or pids.max of the cgroup';
      return {
        code: 'ERR_PROCESS_LIMIT',
        advice: `A limit on the number of processes is reached: RLIMIT_NPROC of the user, pids.max of a cgroup above${group}, or pid_max`,
        isRetryable: true,
      };
    }
    case Errno.noMemory:
      return {
        code: 'ERR_NO_MEMORY',
        advice: 'The kernel has no memory for the start: free some, or try again later',
        isRetryable: true,
      };
    case Errno.ownFiles:
    case Errno.systemFiles:
      // The child's own limit of descriptors is not a shortage: the same start fails the same way again.
      if (step === 'stdio' && start.plan.extras?.rlimits !== undefined) return undefined;
      return {
        code: 'ERR_TOO_MANY_FILES',
        advice:
          errno === Errno.ownFiles
            ? 'This process has as many open files as it may: raise RLIMIT_NOFILE, or close some'
            : 'The system has as many open files as it may: raise fs.file-max, or close some',
        isRetryable: true,
      };
    default:
      return undefined;
  }
}
