// Owner of the descriptors of a task's group until its first start: `spawn` does not look at the group again, because this
// process has just made it, and has marked it as the task's just before.

import { monotonicNowMs } from '../clock.ts';
import { RequestFlag, RequestSlot } from '../native/spawning.ts';
import { native } from '../native.ts';
import type { CgroupPaths } from './spawn-options.ts';

/** Descriptors of a version 2 group, or -1. */
export interface GroupDescriptors {
  /** O_RDONLY, as the mark of the task is set through it. */
  readonly directory: number;
  /** Of its cgroup.events. */
  readonly events: number;
}

export const noDescriptors: GroupDescriptors = { directory: -1, events: -1 };

/** A group that was not frozen is taken not to be so long: that is as good as any look before an act. */
const checkLastsMs = 1;

/** Paths of a group. Later starts go by these alone: by then anybody may have frozen it or changed it. */
export class OwnGroup implements CgroupPaths {
  declare readonly v2?: string;
  /** Version 1 directories, each hierarchy once. */
  readonly v1Directories: readonly string[];
  readonly #v1: readonly { readonly controller: string; readonly directory: string }[];
  #descriptors: GroupDescriptors;
  readonly #checkedMs: number;

  /** @param descriptors - none when the group has to be looked through: memory.oom.group is set in it or above */
  constructor(
    v2: string | undefined,
    v1: readonly { readonly controller: string; readonly directory: string }[],
    v1Directories: readonly string[],
    descriptors: GroupDescriptors,
  ) {
    if (v2 !== undefined) this.v2 = v2;
    this.#v1 = v1;
    this.v1Directories = v1Directories;
    this.#descriptors = descriptors;
    this.#checkedMs = monotonicNowMs();
  }

  /** Directories by controller; no start needs them so. */
  get v1(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#v1.map(({ controller, directory }) => [controller, directory]));
  }

  get isHeld(): boolean {
    return this.#descriptors.directory >= 0;
  }

  /** Into a request of the engine, which closes them. @returns bits of `RequestFlag` */
  handOver(request: Int32Array): number {
    request[RequestSlot.heldCgroup] = this.#descriptors.directory;
    request[RequestSlot.heldCgroupEvents] = this.#descriptors.events;
    this.#descriptors = noDescriptors;
    return monotonicNowMs() - this.#checkedMs < checkLastsMs ? RequestFlag.groupIsChecked : 0;
  }

  /** For a group that no start has used, or must use by its path from now on. */
  close(): void {
    const { directory, events } = this.#descriptors;
    this.#descriptors = noDescriptors;
    if (directory >= 0) native.close(directory);
    if (events >= 0) native.close(events);
  }
}
