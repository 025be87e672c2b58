// Owner of the load of a worker: the memory and the descriptors that a busy program would hold.

import { openSync } from 'node:fs';
import type { Settings } from './settings.ts';

// Held here so that nothing is collected before the worker ends.
const held: unknown[] = [];

/** Takes the memory and opens the descriptors that the settings ask for. */
export function takeLoad({ fds, memoryMb, memoryKind }: Settings): void {
  for (let count = 0; count < fds; count += 1) held.push(openSync('/dev/null', 'r'));
  for (let taken = 0; taken < memoryMb; taken += 50) {
    held.push(memoryKind === 'objects' ? objects50Mb() : Buffer.alloc(50 << 20, 1));
  }
}

// Objects of one kilobyte each: a small object and its array of 120 numbers.
function objects50Mb(): object[] {
  const list: object[] = [];
  for (let id = 0; id < 50_000; id += 1) {
    list.push({ id, name: 'load', values: new Array<number>(120).fill(id + 0.5) });
  }
  return list;
}
