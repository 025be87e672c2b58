// Owner of nothing; reads what cgroup file systems say. An interface, so that tests can show other hosts.

import { accessSync, constants, readFileSync, type Stats, statSync } from 'node:fs';
import { native } from '../native.ts';
import { codeOf } from '../system-code.ts';

/** What is read of a host. */
export interface CgroupFiles {
  /** The text of a file; undefined where it is not there, may not be read, or its group is being removed. */
  read(path: string): string | undefined;
  /** st_dev of a directory as `major:minor`; undefined where there is none, or none that this process may see. */
  device(path: string): string | undefined;
  /** The user that owns a directory. */
  owner(path: string): number | undefined;
  /** Whether this process may write a file, or make entries in a directory. */
  isWritable(path: string): boolean;
  /** Whether a service manager has marked the group as delegated (`Delegate=yes`). */
  isMarkedDelegated(directory: string): boolean;
}

/** ENODEV: the group of the file has been removed. EOPNOTSUPP: the file is there, its facility is switched off. */
const unreadable = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENODEV', 'ENOTDIR', 'EOPNOTSUPP']);

/** This host. */
export const hostFiles: CgroupFiles = {
  read: (path) => unlessUnreadable(() => readFileSync(path, 'utf8')),
  device: (path) => {
    const stats = statOf(path);
    return stats === undefined ? undefined : deviceName(BigInt(stats.dev));
  },
  owner: (path) => statOf(path)?.uid,
  isWritable: (path) =>
    unlessUnreadable(() => {
      accessSync(path, constants.W_OK);
      return true;
    }, 'EROFS') ?? false,
  // systemd sets both since version 251, before only the first, which ordinary users cannot read.
  isMarkedDelegated: (directory) =>
    ['trusted.delegate', 'user.delegate'].some(
      (name) => native.readAttribute(directory, name) === '1',
    ),
};

function statOf(path: string): Stats | undefined {
  return unlessUnreadable(() => statSync(path));
}

function unlessUnreadable<Value>(read: () => Value, alsoMissing?: string): Value | undefined {
  try {
    return read();
  } catch (error) {
    const code = codeOf(error);
    if (unreadable.has(code) || code === alsoMissing) {
      return undefined;
    }
    throw error;
  }
}

/** st_dev as mountinfo writes it; the halves are interleaved, see makedev(3). */
function deviceName(dev: bigint): string {
  const major = ((dev >> 32n) & 0xff_ff_f0_00n) | ((dev >> 8n) & 0xf_ffn);
  const minor = ((dev >> 12n) & 0xff_ff_ff_00n) | (dev & 0xffn);
  return `${major}:${minor}`;
}
