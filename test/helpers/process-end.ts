// Owner of one wait: until a process of somebody else has ended.

import { readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

/** Waits until the process has ended, whether or not its parent has taken its status. */
export async function untilEnded(pid: string | number): Promise<void> {
  await eventually(`process ${pid} has ended`, () => !isAlive(pid) || undefined);
}

/** Whether the process is there and no zombie. */
export function isAlive(pid: string | number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    // ENOENT when it is gone, ESRCH when it goes while it is read.
    if (error instanceof Error && 'code' in error) {
      return false;
    }
    throw error;
  }
  return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '');
}
