// Owner of what is told about the machine, and of what the cases must know about it.

import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { runCommand, tryCommand } from './command.ts';
import { programFile, rootFolder } from './paths.ts';
import type { Results } from './results.ts';

export function describeMachine(): Results['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
  };
}

/** The commit that is measured; `+` when files were changed after it. */
export function describeCommit(): string {
  const commit = tryCommand('git', ['-C', rootFolder, 'rev-parse', '--short', 'HEAD']);
  if (!('text' in commit)) return 'unknown';
  const changes = runCommand('git', ['-C', rootFolder, 'status', '--porcelain', 'src', 'native']);
  return changes === '' ? commit.text : `${commit.text}+`;
}

/** The hard limit of open descriptors. */
export function maxDescriptors(): number {
  const limit = runCommand('/bin/sh', ['-c', 'ulimit -Hn']);
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/** The last CPU that this process may use: the first one has most of the machine's own work. */
export function pinnedCpu(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '0';
  return Number(list.split(/[,-]/).at(-1));
}

/** Copies of the programs where another user may start them too; removed at the end. */
export function placeTargets(): Record<'noop' | 'sleeper' | 'tree' | 'writer', string> {
  const folder = mkdtempSync(`${tmpdir()}/raw-exec-bench-`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const place = (name: string): string => {
    copyFileSync(programFile(name), `${folder}/${name}`);
    chmodSync(`${folder}/${name}`, 0o755);
    return `${folder}/${name}`;
  };
  return {
    noop: place('noop'),
    sleeper: place('sleeper'),
    tree: place('tree'),
    writer: place('writer'),
  };
}
