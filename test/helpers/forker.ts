// The engine's helper process, as it is seen in /proc.

import { readdirSync, readFileSync } from 'node:fs';

export const forkerName = 'raw-exec-forker';

/** The forker of this process; undefined while there is none. */
export function forkerPid(): number | undefined {
  for (const task of readdirSync('/proc/self/task')) {
    const list = readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ');
    for (const pid of list.filter(Boolean)) {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === forkerName) return Number(pid);
    }
  }
  return undefined;
}
