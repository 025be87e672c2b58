// Pure: the directories of one task's group.

import type { Hierarchies } from './hierarchies.ts';

/** A group in the hierarchies that it is made in, under one name. */
export class GroupPaths {
  readonly name: string;
  /** Version 2, if there is one. */
  readonly v2: string | undefined;
  /** By index of the hierarchy; undefined: the group is not made there. */
  readonly v1: readonly (string | undefined)[];
  readonly v1Directories: readonly string[];
  /** All directories, version 2 first. */
  readonly all: readonly string[];

  /** @param hierarchies - of version 1, as bits of their indices */
  constructor(place: Hierarchies, hierarchies: number, name: string) {
    this.name = name;
    this.v2 = place.v2 === undefined ? undefined : `${place.v2}/${name}`;
    this.v1 = place.v1.map(({ directory }, index) =>
      (hierarchies & (1 << index)) === 0 ? undefined : `${directory}/${name}`,
    );
    this.v1Directories = this.v1.filter((path) => path !== undefined);
    this.all = this.v2 === undefined ? this.v1Directories : [this.v2, ...this.v1Directories];
  }

  /** @param hierarchy - index, or -1 for version 2 */
  directory(hierarchy: number): string {
    const path = hierarchy < 0 ? this.v2 : this.v1[hierarchy];
    if (path === undefined)
      throw new Error(`the group ${this.name} is not in hierarchy ${hierarchy}`);
    return path;
  }
}
