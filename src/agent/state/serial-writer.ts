// Owner of the order in which files are written: for each file one write at a time, and what waits meanwhile is written once.

type Replace = (path: string, text: string | undefined, isSynced: boolean) => Promise<void>;

interface Waiting {
  text: () => string | undefined;
  isSynced: boolean;
  readonly done: Promise<void>;
}

export class SerialWriter {
  readonly #replace: Replace;
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Waiting>();

  /** @param replace writes a whole file; removes it without a text */
  constructor(replace: Replace) {
    this.#replace = replace;
  }

  /** `text` is asked for when it is this file's turn. Rejects as the write does. */
  write(path: string, text: () => string, how: 'written' | 'synced'): Promise<void> {
    return this.#add(path, text, how === 'synced');
  }

  remove(path: string): Promise<void> {
    return this.#add(path, () => undefined, false);
  }

  /** Resolves when all that was asked for is done or has failed. */
  async flush(): Promise<void> {
    await Promise.allSettled([
      ...this.#running.values(),
      ...[...this.#waiting.values()].map(({ done }) => done),
    ]);
  }

  #add(path: string, text: () => string | undefined, isSynced: boolean): Promise<void> {
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) {
      waiting.text = text;
      waiting.isSynced ||= isSynced;
      return waiting.done;
    }
    const before = this.#running.get(path);
    if (before === undefined) return this.#start(path, text, isSynced);
    const next: Waiting = {
      text,
      isSynced,
      // Whoever asked for the one before hears of its failure.
      done: before.then(noted, noted).then(() => {
        this.#waiting.delete(path);
        return this.#start(path, next.text, next.isSynced);
      }),
    };
    this.#waiting.set(path, next);
    return next.done;
  }

  #start(path: string, text: () => string | undefined, isSynced: boolean): Promise<void> {
    const running = this.#replace(path, text(), isSynced).finally(() => {
      if (this.#running.get(path) === running) this.#running.delete(path);
    });
    this.#running.set(path, running);
    return running;
  }
}

function noted(): void {
  // Told elsewhere.
}
