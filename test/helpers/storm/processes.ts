// Owner of looks into /proc, for storms: who is whose child, who is marked, what somebody has open; and of signals to them.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Undefined when the process has gone meanwhile. */
function look(path: string, read: (path: string) => string): string | undefined {
  try {
    return read(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Field 4 of /proc/PID/stat; the name before it may hold anything. */
export function parentOf(pid: number): number | undefined {
  const stat = look(`/proc/${pid}/stat`, (path) => readFileSync(path, 'latin1'));
  return stat === undefined ? undefined : Number(/^.*\) \S (\d+)/s.exec(stat)?.[1]);
}

export function childrenOf(pid: number): number[] {
  return allPids().filter((one) => parentOf(one) === pid);
}

/** Whose environment has `name=value`. */
export function markedWith(entry: string): number[] {
  return allPids().filter((pid) => {
    const text = look(`/proc/${pid}/environ`, (path) => readFileSync(path, 'latin1'));
    return text?.split('\0').includes(entry) === true;
  });
}

/** What the descriptors of a process lead to. */
export function openOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const names = look(folder, (path) => readdirSync(path).join('\n'))?.split('\n') ?? [];
  return names.flatMap((name) => look(join(folder, name), (path) => readlinkSync(path)) ?? []);
}

/** To one that was found just now. False when it has ended. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    // eslint-disable-next-line no-restricted-syntax -- processes of this test alone, found by its own folder or mark just now
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
