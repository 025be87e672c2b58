// Pure: which CPUs belong to which task alone, and which are left for the others.

/** Why cores cannot be had: how many are free for it. */
export interface NotEnoughCores {
  readonly free: number;
}

export class CoreReservations {
  readonly #all: readonly number[];
  readonly #owners = new Map<number, string>();

  /** @param all - the CPUs of the place, in order */
  constructor(all: readonly number[]) {
    this.#all = all;
  }

  /** Takes CPUs for a task, the lowest free ones. One always stays free, for the tasks that have none of their own. */
  reserve(owner: string, count: number): readonly number[] | NotEnoughCores {
    const shared = this.shared();
    if (count > shared.length - 1) return { free: Math.max(0, shared.length - 1) };
    const taken = shared.slice(0, count);
    for (const cpu of taken) this.#owners.set(cpu, owner);
    return taken;
  }

  /** Notes CPUs as a task's own, whoever had them. */
  claim(owner: string, cpus: readonly number[]): void {
    for (const cpu of cpus) this.#owners.set(cpu, owner);
  }

  /** Gives back all that a task has. @returns whether it had any */
  release(owner: string): boolean {
    const own = [...this.#owners].filter(([, name]) => name === owner);
    for (const [cpu] of own) this.#owners.delete(cpu);
    return own.length > 0;
  }

  /** CPUs that are nobody's own. */
  shared(): readonly number[] {
    return this.#all.filter((cpu) => !this.#owners.has(cpu));
  }

  get areAnyReserved(): boolean {
    return this.#owners.size > 0;
  }
}
