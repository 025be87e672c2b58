// Owner of the ids of tasks that the keeper had before this instance of the plugin was there, and that Nomad has not asked about yet.

/** Of `ALLOCATION/TASK/START`: what is the same for each start of one task. */
function taskOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/') + 1);
}

export class HeldTasks {
  readonly #ids: Set<string>;

  constructor(ids: readonly string[]) {
    this.#ids = new Set(ids);
  }

  /** Nomad knows of it. */
  forget(id: string): void {
    this.#ids.delete(id);
  }

  /** Earlier starts of the same task: whoever had asked for them has gone before it could write that down. */
  earlierStartsOf(id: string): readonly string[] {
    const task = taskOf(id);
    if (task === '') return [];
    return [...this.#ids].filter((held) => held !== id && taskOf(held) === task);
  }
}
