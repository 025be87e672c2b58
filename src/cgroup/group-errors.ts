// Pure: failed system calls on groups, in words.

import { constants } from 'node:os';
import { describeErrno } from '../process/errno.ts';
import { CgroupError } from './cgroup-errors.ts';
import type { LimitWrite } from './limits/plan-limits.ts';

const { EACCES, EAGAIN, EBUSY, EINVAL, ENODEV, ENOENT, ENOSPC, EOPNOTSUPP, EPERM, EROFS, ERANGE } =
  constants.errno;

/** A group that could not be made. */
export function cannotMake(path: string, errno: number): CgroupError {
  const isFull = errno === EAGAIN;
  return new CgroupError(
    isFull ? 'ERR_CGROUP_FULL' : 'ERR_CGROUP',
    `cannot make the cgroup ${path}: ${describeErrno(errno)}. ${makeAdvice(errno)}`,
    { errno, syscall: 'mkdir', path },
  );
}

function makeAdvice(errno: number): string {
  switch (errno) {
    case EAGAIN:
      return 'cgroup.max.descendants or cgroup.max.depth of a group above is reached: remove groups there, or raise it';
    case EROFS:
      return 'The cgroup file system is mounted read-only here: mount it read-write, or run without groups';
    case EACCES:
    case EPERM:
      return 'This process may not make groups there: it needs root, or a subtree that is delegated to its user';
    case ENOENT:
    case ENODEV:
      return 'The group above is gone: somebody else removed it';
    case EOPNOTSUPP:
      return 'The group above is in a threaded domain, see cgroups(7): name another parent';
    default:
      return 'See mkdir(2) and the limits of the groups above';
  }
}

/** A limit that the kernel did not take. */
export function cannotLimit(write: LimitWrite, path: string, errno: number): CgroupError {
  return new CgroupError(
    'ERR_LIMIT_REFUSED',
    `cannot apply the limit "${write.option}": writing ${JSON.stringify(write.value)} to ${path} failed with ` +
      `${describeErrno(errno)}. ${limitAdvice(write, errno)}`,
    { errno, syscall: 'write', path, option: write.option, value: write.value },
  );
}

/** Text for a limit that is only told about. */
export function limitAdvice({ file, option }: LimitWrite, errno: number): string {
  switch (errno) {
    case ENOENT:
      return `The group has no ${file}: the group above does not hand this controller down, or the kernel was built without it`;
    case ERANGE:
    case EINVAL:
      return option.startsWith('cpuset') || option === 'cores'
        ? 'All of them must be there, online, and in the list of the group above'
        : 'The kernel does not take this value here: it is out of its range, or against a limit of the group above';
    case EBUSY:
      return 'What the group uses now cannot be brought below this value';
    case ENODEV:
      return 'There is no such device on this host';
    case EACCES:
    case EPERM:
    case EROFS:
      return 'This process may not write it: it needs root, or a subtree that is delegated to its user';
    case ENOSPC:
      return 'No CPU or memory node would be left to the processes in the group';
    default:
      return 'See the documentation of the controller in the kernel';
  }
}

/** A group that did not become empty. */
export function cannotRemove(path: string, errno: number, timeoutMs: number): CgroupError {
  const isBusy = errno === EBUSY;
  const advice = isBusy
    ? `Processes were in it for ${timeoutMs} ms: stop them first, and remove it again`
    : 'It is left as it is';
  return new CgroupError(
    isBusy ? 'ERR_CGROUP_BUSY' : 'ERR_CGROUP',
    `cannot remove the cgroup ${path}: ${describeErrno(errno)}. ${advice}`,
    { errno, syscall: 'rmdir', path },
  );
}

/** A parent whose groups could not be listed. */
export function cannotList(path: string, errno: number): CgroupError {
  return new CgroupError(
    'ERR_CGROUP',
    `cannot list the groups in ${path}: ${describeErrno(errno)}. ${makeAdvice(errno)}`,
    { errno, syscall: 'open', path },
  );
}

/** A group that could not be given to a task. */
export function cannotMark(path: string, errno: number): CgroupError {
  return new CgroupError(
    'ERR_CGROUP',
    `cannot write the id of the task to the cgroup ${path}: ${describeErrno(errno)}. ${makeAdvice(errno)}`,
    { errno, syscall: 'setxattr', path },
  );
}
