// Owner of looks at what is left of commands beside tasks of a keeper: groups of their own, and records.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mountOf } from './cgroup-group.ts';
import { eventually } from './eventually.ts';

/** Directories of the groups in a text of proc_pid_cgroup(5) that are some command's own. */
export function placesIn(text: string): string[] {
  return [...text.matchAll(/^\d+:(.*?):(.*\/x-\d+\.\d+)$/gm)].map(
    ([, controllers = '', path = '']) =>
      join(mountOf(controllers === '' ? undefined : controllers.split(',')[0]) ?? '', path),
  );
}

/** A reaper ends a moment after its command. */
export async function untilForgotten(stateDirectory: string): Promise<void> {
  await eventually('it is forgotten', () => recordsIn(stateDirectory).length === 0 || undefined);
}

/** Files of STATE/tasks that are not the first task's. */
export function recordsIn(stateDirectory: string): string[] {
  return readdirSync(join(stateDirectory, 'tasks')).filter(
    (name) => !name.startsWith('0000000000000001.'),
  );
}
