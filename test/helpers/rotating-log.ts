// Owner of test/fixtures/rotating-log.c as a program: a writer that rotates its log fast.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixture } from './library.ts';

export interface RotatingLog {
  readonly directory: string;
  readonly name: string;
  readonly lines: number;
  readonly maxSize: number;
  readonly maxFiles: number;
}

let program: string | undefined;

/** Compiled when it is first needed; gone with the test file. */
function rotatingLogProgram(): string {
  if (program !== undefined) return program;
  const folder = mkdtempSync(join(tmpdir(), 'raw-exec-rotating-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  program = join(folder, 'rotating-log');
  execFileSync('cc', ['-O1', '-o', program, fixture('rotating-log.c')]);
  return program;
}

/** Line `number` of the log, as the program writes it. */
export function rotatingLine(number: number): string {
  return `${number}:${'x'.repeat((number * 37) % 200)}`;
}

/** @returns how many bytes the whole log had */
export async function writeRotatingLog(log: RotatingLog): Promise<number> {
  const numbers = [0, log.lines, log.maxSize, log.maxFiles].map(String);
  const { stdout } = await promisify(execFile)(rotatingLogProgram(), [
    log.directory,
    log.name,
    ...numbers,
  ]);
  return Number(stdout);
}
