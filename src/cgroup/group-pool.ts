// Owner of groups that are ready before they are needed, in the hierarchies that starts have asked for.

import {
  closeDescriptors,
  type GroupMaker,
  type HierarchyFile,
  type ReadyGroup,
} from './group-maker.ts';
import type { GroupRemover } from './group-remover.ts';

export interface PoolOptions {
  /** Groups that are kept ready for each set of hierarchies; 0: none. */
  readonly size: number;
  /** It is filled up again when fewer are left. */
  readonly refillBelow: number;
}

/** What was asked for: the hierarchies, and the files that will be written. */
export interface GroupShape {
  /** Hierarchies of version 1, as bits of their indices. */
  readonly mask: number;
  readonly files: readonly HierarchyFile[];
}

interface Shelf {
  /** Of the last start: the next ones are most likely like it. */
  shape: GroupShape;
  readonly ready: ReadyGroup[];
  /** Starts that wait for one, the longest first. */
  readonly waiting: ((group: ReadyGroup | undefined) => void)[];
  refill: Promise<void> | undefined;
}

/** So many are made for those who wait before the first of them goes on. */
const mostWaiting = 16;

export class GroupPool {
  readonly #maker: GroupMaker;
  readonly #remover: GroupRemover;
  readonly #options: PoolOptions;
  readonly #shelves = new Map<number, Shelf>();
  #isClosed = false;

  constructor(maker: GroupMaker, remover: GroupRemover, options: PoolOptions) {
    this.#maker = maker;
    this.#remover = remover;
    this.#options = options;
  }

  /** A ready group, or undefined when there is none now. More are made once the caller's turn is over. */
  take(shape: GroupShape): ReadyGroup | undefined {
    if (this.#options.size === 0) return undefined;
    const shelf = this.#shelf(shape);
    shelf.shape = shape;
    const taken = shelf.ready.pop();
    if (shelf.ready.length < this.#options.refillBelow) this.#refill(shelf);
    return taken;
  }

  /**
   * As `take`, but where none is ready it waits for one that is made on another thread: the caller's goes on with other starts. Undefined
   * when none can be made.
   */
  takeLater(shape: GroupShape): Promise<ReadyGroup | undefined> {
    const taken = this.take(shape);
    if (taken !== undefined || this.#options.size === 0 || this.#isClosed)
      return Promise.resolve(taken);
    const shelf = this.#shelf(shape);
    return new Promise((resolve) => {
      shelf.waiting.push(resolve);
      // Whatever the options say about how many are kept ready: somebody waits.
      this.#refill(shelf);
    });
  }

  /** Fills it for starts of this shape, and resolves when that is done. */
  async fill(shape: GroupShape): Promise<void> {
    const shelf = this.#shelf(shape);
    this.#refill(shelf);
    await shelf.refill;
  }

  /** Removes what is ready, after what is being made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const shelf of this.#shelves.values()) {
      await shelf.refill;
      const removals = shelf.ready.splice(0).map(({ paths, descriptors }) => {
        closeDescriptors(descriptors);
        return this.#remover.remove(paths.all, 0);
      });
      this.#remover.flush();
      await Promise.all(removals);
    }
  }

  #shelf(shape: GroupShape): Shelf {
    let shelf = this.#shelves.get(shape.mask);
    if (shelf === undefined) {
      shelf = { shape, ready: [], waiting: [], refill: undefined };
      this.#shelves.set(shape.mask, shelf);
    }
    return shelf;
  }

  /** Never rejects: the start that finds no ready group makes one and meets the reason itself. */
  #refill(shelf: Shelf): void {
    if (this.#isClosed || shelf.refill !== undefined) return;
    const done = (): void => {
      shelf.refill = undefined;
      // They came while it was being filled.
      if (shelf.waiting.length > 0 && !this.#isClosed) this.#refill(shelf);
      else for (const tell of shelf.waiting.splice(0)) tell(undefined);
    };
    shelf.refill = this.#make(shelf).then(done, () => {
      for (const tell of shelf.waiting.splice(0)) tell(undefined);
      done();
    });
  }

  async #make(shelf: Shelf): Promise<void> {
    // After the start that took the last one: a group that is being made holds up one that is being entered.
    await new Promise((resolve) => setImmediate(resolve));
    const { size } = this.#options;
    const missing = size - shelf.ready.length + Math.min(shelf.waiting.length, mostWaiting);
    if (this.#isClosed || missing <= 0) return;
    const served = shelf.waiting.length;
    const made = await this.#maker.makeLater(shelf.shape.mask, shelf.shape.files, missing);
    shelf.ready.push(...made);
    while (shelf.waiting.length > 0 && shelf.ready.length > 0)
      shelf.waiting.shift()?.(shelf.ready.pop());
    // No more can be had: who waited for these hears why when it makes its own.
    if (made.length < missing) for (const tell of shelf.waiting.splice(0, served)) tell(undefined);
  }
}
