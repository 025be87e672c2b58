// Pure: why groups cannot be made in a place.

import { RawExecError } from '../errors.ts';
import { describeErrno } from '../process/errno.ts';

/** What is wrong with a parent group. Each is described in docs/errors.md. */
export type PlaceErrorCode =
  | 'ERR_CGROUP_CONTROLLERS'
  | 'ERR_CGROUP_FROZEN'
  | 'ERR_CGROUP_FULL'
  | 'ERR_CGROUP_NOT_A_GROUP'
  | 'ERR_CGROUP_NOT_PERMITTED'
  | 'ERR_CGROUP_OUTSIDE'
  | 'ERR_CGROUP_PATH'
  | 'ERR_CGROUP_READ_ONLY'
  | 'ERR_CGROUP_REMOVED'
  | 'ERR_CGROUP_SYMLINK'
  | 'ERR_CGROUP_THREADED'
  | 'ERR_CGROUP_UNAVAILABLE';

/** A failure that is about where task groups are made. Nothing was started, and nothing is left behind. */
export class PlaceError extends RawExecError {
  declare readonly code: PlaceErrorCode;

  constructor(
    code: PlaceErrorCode,
    path: string,
    why: string,
    details: { readonly errno?: number; readonly syscall?: string; readonly cause?: unknown } = {},
  ) {
    super(code, `cannot make task groups in ${shown(path)}: ${why}`, { ...details, path });
  }
}

/** Paths are shown as they are, unless that would not show what is wrong with them. */
function shown(path: string): string {
  const quoted = JSON.stringify(path);
  return path === '' || quoted !== `"${path}"` ? quoted : path;
}

interface Meaning {
  readonly code: PlaceErrorCode;
  readonly advice: string;
}

const notPermitted: Meaning = {
  code: 'ERR_CGROUP_NOT_PERMITTED',
  advice:
    'This process must be allowed to write the group, and cgroup.procs of the nearest group above that holds both it and ' +
    'the group of this process: run as root, or in a delegated subtree (`Delegate=yes`)',
};

const full: Meaning = {
  code: 'ERR_CGROUP_FULL',
  advice:
    'A limit is reached: cgroup.max.descendants, cgroup.max.depth or pids.max of the group or one above it',
};

const removed: Meaning = {
  code: 'ERR_CGROUP_REMOVED',
  advice: 'Somebody has removed the group meanwhile: try again',
};

/** By errno of mkdir, open, write and clone3 on a group, see cgroups(7) and the kernel's cgroup-v2.rst. */
const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: notPermitted,
  EPERM: notPermitted,
  EROFS: {
    code: 'ERR_CGROUP_READ_ONLY',
    advice: 'The hierarchy is mounted read-only: mount it read-write',
  },
  EAGAIN: full,
  ENOSPC: full,
  ENOENT: removed,
  ENODEV: removed,
  ENOTSUP: {
    code: 'ERR_CGROUP_THREADED',
    advice: 'The group is threaded: whole processes cannot be put below it. Name another one',
  },
  EBUSY: {
    code: 'ERR_CGROUP_CONTROLLERS',
    advice: 'A group that holds processes cannot hand controllers to groups below it (cgroups(7))',
  },
  ENOTDIR: {
    code: 'ERR_CGROUP_NOT_A_GROUP',
    advice: 'It is not the directory of a group',
  },
};

/** From what node:fs or `spawn` has thrown about `path`. Anything else is passed on as it is. */
export function placeErrorOf(path: string, error: unknown): unknown {
  if (error instanceof PlaceError || !(error instanceof Error)) {
    return error;
  }
  if (!('errno' in error) || typeof error.errno !== 'number') {
    return error;
  }
  const errno = Math.abs(error.errno);
  const text = describeErrno(errno);
  const meaning = meanings[text.split(' ', 1)[0] ?? ''];
  if (meaning === undefined) {
    return error;
  }
  const syscall = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : '';
  return new PlaceError(meaning.code, path, `${text}. ${meaning.advice}`, {
    errno,
    ...(syscall !== '' && { syscall }),
    cause: error,
  });
}
