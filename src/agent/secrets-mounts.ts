// Owner of the file systems in memory that are mounted over the secrets directories of tasks: what a task is told in secret is on no
// disk then, and gone with the allocation.

import { lstatSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { RawExecError } from '../errors.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import { hasErrorCode } from '../system-code.ts';
import type { AgentLog } from './agent-log.ts';
import type { DirectoryOwner } from './allocation-directory.ts';
import type { TaskPaths } from './allocation-paths.ts';

/** As large as Nomad makes it. */
const secretsBytes = 1024 * 1024;

const { EACCES, ENODEV, ENOSYS, EPERM } = constants.errno;
/** Not root in its own right, or a sandbox, or a kernel without tmpfs. */
const notGiven: readonly number[] = [EACCES, ENODEV, ENOSYS, EPERM];

export class SecretsMounts {
  readonly #log: AgentLog;
  #isTold = false;

  constructor(log: AgentLog) {
    this.#log = log;
  }

  /**
   * Over the directory, which is there, empty and closed to others. Where this host gives no mounts it stays as it is, which is told
   * once. Rejects with `ERR_SECRETS_MOUNT` when it fails for another reason: what is secret must not come to a disk by accident.
   *
   * @param owner absent: this process's user
   */
  async mount({ secrets }: TaskPaths, owner: DirectoryOwner | undefined): Promise<void> {
    const uid = process.geteuid?.() ?? 0;
    if (uid !== 0) {
      this.#tellOnce('only root may mount');
      return;
    }
    const gid = process.getegid?.() ?? 0;
    const { uid: user, gid: group } = owner ?? { uid, gid };
    const errno = await native.mountMemory(secrets, secretsBytes, user, group);
    if (errno === 0) return;
    if (notGiven.includes(errno)) {
      this.#tellOnce(describeErrno(errno));
      return;
    }
    throw new RawExecError(
      'ERR_SECRETS_MOUNT',
      `cannot mount a file system in memory over ${secrets}: ${describeErrno(errno)}. Look at the number of mounts (/proc/sys/fs/mount-max) and at the memory of the host`,
      { errno, path: secrets },
    );
  }

  /** Whether one is wanted that an earlier agent has made: the mounts of a host go when it is restarted, and the directories stay. */
  isLost({ root, secrets }: TaskPaths): boolean {
    if (process.geteuid?.() !== 0) return false;
    try {
      const found = lstatSync(secrets);
      // A link is the task's own, and stays it.
      if (!found.isDirectory()) return false;
      return found.dev === lstatSync(root).dev && readdirSync(secrets).length === 0;
    } catch (error) {
      if (hasErrorCode(error, ['ENOENT'])) return false;
      throw error;
    }
  }

  /** Nothing of it stays mounted, also when it is in use. What could not be unmounted is told by the removal of the directory. */
  async unmount({ secrets }: TaskPaths): Promise<void> {
    if (process.geteuid?.() === 0) await native.unmountAll(secrets);
  }

  #tellOnce(why: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#log.info(
      `secrets directories of tasks are on the disk, open to their users alone: ${why}`,
    );
  }
}
