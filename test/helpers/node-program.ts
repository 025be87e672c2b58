// Runs a fixture in a Node of its own, by the runtime's child_process: a judge that is not the thing under test.

import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fixture, moduleUrl } from './library.ts';

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
}

/** Starts test/fixtures/NAME; it finds the library's URL in its first argument. */
export function startProgram(name: string, args: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [fixture(name), moduleUrl('process/spawn'), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export async function resultOf(program: ChildProcess): Promise<ProgramResult> {
  const closed = new Promise<[number | null, string | null]>((resolve) => {
    program.once('close', (code, signal) => resolve([code, signal]));
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([
    program.stdout === null ? '' : text(program.stdout),
    program.stderr === null ? '' : text(program.stderr),
    closed,
  ]);
  return { stdout, stderr, code, signal };
}

export function runProgram(name: string, args: readonly string[] = []): Promise<ProgramResult> {
  return resultOf(startProgram(name, args));
}
