// Owner of nothing; reads /proc: what the processes of a keeper take of the host's memory.

import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { readProcFile } from '../../driver/process-scan.ts';

/** Processes of one part: `keeper`, `holder`, `pump` or `reaper`. */
export interface PartMemory {
  readonly part: string;
  readonly processes: number;
  readonly residentBytes: number;
}

const program = 'raw-exec-keeper';
const parts: readonly string[] = ['keeper', 'holder', 'pump', 'reaper'];
/** How many processes are looked at together. */
const atOnce = 64;

/** @param stateDirectory of the keeper: its processes have been told that */
export async function keeperMemory(stateDirectory: string): Promise<readonly PartMemory[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: { part: string; bytes: number }[] = [];
  for (let from = 0; from < pids.length; from += atOnce) {
    const some = pids.slice(from, from + atOnce);
    for (const one of await Promise.all(some.map((pid) => look(pid, stateDirectory)))) {
      if (one !== undefined) found.push(one);
    }
  }
  return parts.map((part) => {
    const mine = found.filter((one) => one.part === part);
    return {
      part,
      processes: mine.length,
      residentBytes: mine.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  });
}

/** @returns undefined for a process of somebody else, or one that has gone */
async function look(
  pid: string,
  stateDirectory: string,
): Promise<{ part: string; bytes: number } | undefined> {
  const words = (await readProcFile(`/proc/${pid}/cmdline`))?.split('\0') ?? [];
  const [path = '', part = ''] = words;
  if (basename(path) !== program || !words.some((word) => word.startsWith(stateDirectory)))
    return undefined;
  // Not statm, which counts pages: their size is not known here.
  const status = (await readProcFile(`/proc/${pid}/status`)) ?? '';
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kilobytes === undefined) return undefined;
  return { part: parts.includes(part) ? part : 'keeper', bytes: Number(kilobytes) * 1024 };
}
