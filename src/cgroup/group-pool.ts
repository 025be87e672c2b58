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
  refill: Promise<void> | undefined;
}

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
      shelf = { shape, ready: [], refill: undefined };
      this.#shelves.set(shape.mask, shelf);
    }
    return shelf;
  }

  /** Never rejects: nobody waits for it, and the start that finds no ready group makes one and meets the reason itself. */
  #refill(shelf: Shelf): void {
    if (this.#isClosed || shelf.refill !== undefined) return;
    const done = (): void => {
      shelf.refill = undefined;
    };
    shelf.refill = this.#make(shelf).then(done, done);
  }

  async #make(shelf: Shelf): Promise<void> {
    // After the start that took the last one: a group that is being made holds up one that is being entered.
    await new Promise((resolve) => setImmediate(resolve));
    const missing = this.#options.size - shelf.ready.length;
    if (this.#isClosed || missing <= 0) return;
    const made = await this.#maker.makeLater(shelf.shape.mask, shelf.shape.files, missing);
    shelf.ready.push(...made);
  }
}
