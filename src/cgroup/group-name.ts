// Owner of the serial numbers of this thread: names of groups, which no two groups below one parent may have in common.

import { threadId } from 'node:worker_threads';

/** Threads of one process have the same pid: each counts in a range of its own. */
const perThread = 1_000_000_000;

let serial = threadId * perThread;

/** `<pid>.<serial>`: says whose it is also where the kernel keeps no attributes. */
export function nextGroupName(): string {
  serial += 1;
  return `${process.pid}.${serial}`;
}

/** The pid in a name of ours, or undefined for any other name. */
export function pidOfGroupName(name: string): number | undefined {
  const match = /^(?<pid>[1-9]\d{0,9})\.\d+$/.exec(name);
  return match?.groups === undefined ? undefined : Number(match.groups['pid']);
}
