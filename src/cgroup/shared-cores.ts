// Owner of the CPUs of a place: gives some to single tasks, and keeps the groups of all others off these.

import { native } from '../native.ts';
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
    this.#moveSharing();
    return formatCpuList(cpus);
  }

  /** Gives the CPUs of a group back to all. */
  release(group: string): void {
    this.#sharing.delete(group);
    if (this.#reservations?.release(group) === true) this.#moveSharing();
  }

  /** Has a group follow the CPUs that are nobody's own. @returns the list, or undefined while that is all of them */
  share(group: string, sharing: SharingGroup): string | undefined {
    this.#sharing.set(group, sharing);
    if (this.#reservations?.areAnyReserved !== true) return undefined;
    return formatCpuList(this.#reservations.shared());
  }

  #known(): CoreReservations {
    if (this.#reservations === undefined) {
      const [text] = native.groupRead(`${this.#parent ?? ''}/${this.#effectiveFile}`);
      this.#reservations = new CoreReservations(parseCpuList(String(text)) ?? []);
    }
    return this.#reservations;
  }

  /** One write after another: a group that is gone by now does not stop those behind it. */
  #moveSharing(): void {
    const list = formatCpuList(this.#known().shared());
    for (const { cpusetDirectory } of this.#sharing.values()) {
      native.groupWrite(`${cpusetDirectory}/cpuset.cpus\0${list}`);
    }
  }
}
