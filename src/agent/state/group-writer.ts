// Owner of the order in which files are written: while some are, what comes meanwhile waits, is taken as it is then, and goes together.
// So each file has one writer at a time, and a swarm of changes costs a few calls.

/** Undefined: the file is to be gone. */
export interface FileChange {
  readonly path: string;
  readonly text: string | undefined;
}

/** Makes all changes; resolves with an error or undefined for each. Never rejects. */
type MakeAll = (changes: readonly FileChange[]) => Promise<readonly (Error | undefined)[]>;

interface Waiting {
  text: () => string | undefined;
  readonly done: Promise<void>;
  readonly settle: (error: Error | undefined) => void;
}

export class GroupWriter {
  readonly #makeAll: MakeAll;
  #waiting = new Map<string, Waiting>();
  #running: Promise<void> | undefined;

  constructor(makeAll: MakeAll) {
    this.#makeAll = makeAll;
  }

  /** `text` is asked for when it is this file's turn. Rejects as the write does. */
  write(path: string, text: () => string): Promise<void> {
    return this.#add(path, text);
  }

  remove(path: string): Promise<void> {
    return this.#add(path, () => undefined);
  }

  /** Resolves when all that was asked for is done or has failed. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #add(path: string, text: () => string | undefined): Promise<void> {
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) {
      waiting.text = text;
      return waiting.done;
    }
    let settle: Waiting['settle'] = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#waiting.set(path, { text, done, settle });
    this.#begin();
    return done;
  }

  #begin(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Asked for between the last look and now.
      if (this.#waiting.size > 0) this.#begin();
    });
  }

  async #run(): Promise<void> {
    // What the rest of this turn has to write goes with it.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const all = [...this.#waiting];
      this.#waiting = new Map();
      const errors = await this.#makeAll(all.map(([path, { text }]) => ({ path, text: text() })));
      for (const [at, [, { settle }]] of all.entries()) settle(errors[at]);
    }
  }
}
