// Owner of the order of what is done to one thing: each waits for the ones before it.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as `work` does; a failure does not hold up the next one. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
