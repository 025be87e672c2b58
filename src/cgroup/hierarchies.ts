// Pure: which hierarchy of a place has a controller.

/**
 * The part of a TaskPlace that groups are made by: the parents of both versions, and what limits can use below them.
 * Controllers that are in `parent.v1` are of version 1, all others of version 2.
 */
export interface GroupPlace {
  readonly parent: {
    readonly v2?: string;
    readonly v1: readonly { readonly controller: string; readonly directory: string }[];
  };
  readonly controllers: readonly string[];
  /** The groups from below what was there down to the parents, those above first. Absent: the parents alone. */
  readonly groups?: readonly { readonly directory: string; readonly isOurs?: boolean }[];
  /** Why task groups do not get a controller, in words. */
  readonly withheld?: Readonly<Record<string, string>>;
}

/** One hierarchy of version 1; controllers that are mounted together share one. */
export interface V1Hierarchy {
  readonly directory: string;
  readonly controllers: readonly string[];
}

/** Names that the versions have for the same thing. */
const otherName: Readonly<Record<string, string>> = { io: 'blkio', blkio: 'io' };

export class Hierarchies {
  readonly v2: string | undefined;
  readonly v1: readonly V1Hierarchy[];
  readonly #v2Controllers: ReadonlySet<string>;
  readonly #withheld: Readonly<Record<string, string>>;

  constructor(place: GroupPlace) {
    this.v2 = place.parent.v2;
    const byDirectory = new Map<string, string[]>();
    for (const { controller, directory } of place.parent.v1) {
      byDirectory.set(directory, [...(byDirectory.get(directory) ?? []), controller]);
    }
    this.v1 = [...byDirectory].map(([directory, controllers]) => ({ directory, controllers }));
    const ofV1 = new Set(place.parent.v1.map(({ controller }) => controller));
    this.#v2Controllers = new Set(
      this.v2 === undefined ? [] : place.controllers.filter((name) => !ofV1.has(name)),
    );
    this.#withheld = place.withheld ?? {};
  }

  hasV2(controller: string): boolean {
    return this.#v2Controllers.has(controller);
  }

  /** Index in `v1`, or -1. */
  indexOfV1(controller: string): number {
    return this.v1.findIndex(({ controllers }) => controllers.includes(controller));
  }

  /** Why there is no such controller, as a clause. */
  whyNot(controller: string): string {
    const other = otherName[controller];
    const reason = this.#withheld[controller] ?? (other && this.#withheld[other]);
    return reason ?? `task groups have no controller ${controller} on this host`;
  }
}
