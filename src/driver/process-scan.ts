// Owner of nothing; reads /proc: which processes there are.

import { readdir, readFile } from 'node:fs/promises';
import { type ProcessFacts, parseProcStat } from './proc-stat.ts';
import { systemErrorOf } from './system-error.ts';

/** All processes of this host that can be seen from here. */
export async function scanProcesses(): Promise<readonly ProcessFacts[]> {
  const names = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const texts = await Promise.all(names.map((name) => readProcFile(`/proc/${name}/stat`)));
  return texts.flatMap((text) => {
    const facts = text === undefined ? undefined : parseProcStat(text);
    return facts === undefined ? [] : [facts];
  });
}

/** A file of /proc/<pid>; undefined when the process is gone. */
export async function readProcFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemErrorOf(error).code)) {
      return undefined;
    }
    throw error;
  }
}
