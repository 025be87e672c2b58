// Owner of test/fixtures/hostile.c as a program, and of the mark by which all that comes of one start is found.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { eventually } from './eventually.ts';
import { fixture } from './library.ts';
import { isAlive } from './process-end.ts';

const markName = 'RAW_EXEC_TEST_HOSTILE';
let serial = 0;
let program: string | undefined;

/** Compiled when it is first needed; gone with the test file. RAW_EXEC_TEST_HOSTILE: one that is ready, where compiling is slow. */
export function hostileProgram(): string {
  program ??= process.env['RAW_EXEC_TEST_HOSTILE'];
  if (program !== undefined) return program;
  const folder = mkdtempSync(join(tmpdir(), 'raw-exec-hostile-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'hostile');
  execFileSync('cc', ['-O1', '-pthread', '-o', file, fixture('hostile.c')]);
  chmodSync(folder, 0o755);
  program = file;
  return file;
}

/** An environment that all processes of one start have in common and no others. */
export function markedEnvironment(): Record<string, string> {
  serial += 1;
  return { [markName]: `${process.pid}-${serial}` };
}

/** Who lives of a start: found by the environment, whatever parent, session or group they have by now. */
export function livingOf(environment: Readonly<Record<string, string>>): number[] {
  const entry = `${markName}=${environment[markName] ?? ''}`;
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && environmentOf(name).includes(entry))
    .filter((pid) => isAlive(pid))
    .map(Number);
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch (error) {
    // Gone, or of another user.
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

/** Collects what a process writes; `has` waits for a text that often. */
export function outputOf(child: SpawnedProcess): {
  text: () => string;
  has: (wanted: string, times?: number) => Promise<void>;
} {
  let written = '';
  child.stdout?.on('data', (piece: Buffer) => {
    written += piece.toString();
  });
  return {
    text: () => written,
    has: async (wanted, times = 1) => {
      await eventually(
        `${wanted} is written ${times} times`,
        () => written.split(wanted).length > times || undefined,
      );
    },
  };
}
