// Owner of the CPUs of a place: gives some to single tasks, and keeps the groups of all others off these.

import { constants } from 'node:os';
import { unpackFailure } from '../native/groups.ts';
import { native } from '../native.ts';
import { describeErrno } from '../process/errno.ts';
import { CgroupError } from './cgroup-errors.ts';
import { CoreReservations } from './core-reservations.ts';
import { formatCpuList, parseCpuList } from './cpu-list.ts';
import type { Hierarchies } from './hierarchies.ts';

/** A group that runs on the CPUs which are nobody's own. */
export interface SharingGroup {
  /** Its directory in the hierarchy of the controller cpuset. */
  readonly cpusetDirectory: string;
}

export class SharedCores {
  readonly #parent: string | undefined;
  readonly #effectiveFile: string;
  #reservations: CoreReservations | undefined;
  readonly #sharing = new Map<string, SharingGroup>();

  constructor(hierarchies: Hierarchies) {
    const isV2 = hierarchies.hasV2('cpuset');
    const v1 = hierarchies.v1[hierarchies.indexOfV1('cpuset')]?.directory;
    this.#parent = isV2 ? hierarchies.v2 : v1;
    this.#effectiveFile = isV2 ? 'cpuset.cpus.effective' : 'cpuset.effective_cpus';
  }

  /**
   * Takes CPUs for a group, and moves all that share off these before it returns.
   * @returns the list for its cpuset.cpus
   * @throws CgroupError with `ERR_CORES_TAKEN`
   */
  reserve(group: string, count: number): string {
    const cpus = this.#known().reserve(group, count);
    if ('free' in cpus) {
      throw new CgroupError(
        'ERR_CORES_TAKEN',
        `cannot give a task ${count} CPUs of its own: ${cpus.free} are free for that, as one has to stay for tasks without ` +
          '"cores". Ask for fewer, or stop a task that has some',
        { option: 'cores', value: String(count) },
      );
    }
    const failed = this.#moveSharing();
    if (failed === undefined) return formatCpuList(cpus);
    this.release(group);
    throw cannotMove(failed);
  }

  /** For a group that has its CPUs already: nobody else gets them from here on. */
  claim(group: string, cpus: string): void {
    this.#known().claim(group, parseCpuList(cpus) ?? []);
  }

  /**
   * Gives the CPUs of a group back to all. A group that does not take them stays on those that it has: that is in nobody's way,
   * and the next move tries it again.
   */
  release(group: string): void {
    this.#sharing.delete(group);
    if (this.#reservations?.release(group) === true) this.#moveSharing();
  }

  /** From here on a group's CPUs are chosen by somebody else: it is moved no more. */
  leave(group: string): void {
    this.#sharing.delete(group);
  }

  /** Has a group follow the CPUs that are nobody's own. @returns the list, or undefined while that is all of them */
  share(group: string, sharing: SharingGroup): string | undefined {
    this.#sharing.set(group, sharing);
    if (this.#reservations?.areAnyReserved !== true) return undefined;
    return formatCpuList(this.#reservations.shared());
  }

  #known(): CoreReservations {
    if (this.#reservations === undefined) {
      const path = `${this.#parent ?? ''}/${this.#effectiveFile}`;
      const [text] = native.groupRead(path);
      const all = typeof text === 'string' ? parseCpuList(text) : undefined;
      // A number is an errno, and would else be taken for a CPU.
      if (all === undefined) throw cannotRead(path, text);
      this.#reservations = new CoreReservations(all);
    }
    return this.#reservations;
  }

  /** One write after another: a group that is gone by now does not stop those behind it. @returns the first that was refused */
  #moveSharing(): FailedMove | undefined {
    const value = formatCpuList(this.#known().shared());
    let failed: FailedMove | undefined;
    for (const { cpusetDirectory } of this.#sharing.values()) {
      const path = `${cpusetDirectory}/cpuset.cpus`;
      const errno = unpackFailure(native.groupWrite(`${path}\0${value}`))?.errno;
      if (errno !== undefined && !gone.has(errno)) failed ??= { path, value, errno };
    }
    return failed;
  }
}

const gone: ReadonlySet<number> = new Set([constants.errno.ENOENT, constants.errno.ENODEV]);

/** A group that could not be moved off CPUs that another was to have. */
interface FailedMove {
  readonly path: string;
  readonly value: string;
  readonly errno: number;
}

function cannotMove({ path, value, errno }: FailedMove): CgroupError {
  return new CgroupError(
    'ERR_LIMIT_REFUSED',
    `cannot give a task CPUs of its own: writing ${JSON.stringify(value)} to ${path}, to move another task off them, failed ` +
      `with ${describeErrno(errno)}. That task may have made groups with CPUs of their own below: stop it, or leave "cores" out`,
    { errno, syscall: 'write', path, value, option: 'cores' },
  );
}

function cannotRead(path: string, answer: string | number | undefined): CgroupError {
  const errno = typeof answer === 'number' ? answer : undefined;
  const why = errno === undefined ? `${JSON.stringify(answer)} stands there` : describeErrno(errno);
  return new CgroupError(
    'ERR_CGROUP',
    `cannot find out which CPUs there are for tasks from ${path}: ${why}. Leave "cores" out, or see who has changed the group`,
    { path, option: 'cores', ...(errno !== undefined && { errno, syscall: 'read' }) },
  );
}
