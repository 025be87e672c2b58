// Owner of the ids of tasks that the keeper had before this instance of the plugin was there, and that Nomad has not asked about yet.

/** Nomad's ids: `ALLOCATION/TASK/START`, the last of 8 hex digits. What is before it is the same for each start of one task. */
const idForm = /^(?<task>[^/]+\/.+\/)[0-9a-f]{8}$/;

/** Empty for an id of another form. */
function taskOf(id: string): string {
  return idForm.exec(id)?.groups?.['task'] ?? '';
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
