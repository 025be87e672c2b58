// Runs the bundled command line as users do: as a process of its own.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { repoRoot } from './repo-root.ts';

/** RAW_EXEC_TEST_CLI: another build of it, for work on the bundle. */
export const cliFile: string = process.env['RAW_EXEC_TEST_CLI'] ?? join(repoRoot, 'dist', 'cli.js');

export interface CliOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** Added to this process's environment; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A command that runs it, with its arguments. @default none */
  readonly before?: readonly string[];
}

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts it with pipes; the caller reads them. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  const env = { ...process.env, ...options.env };
  const [program = '', ...rest] = [...(options.before ?? []), process.execPath, cliFile, ...args];
  return spawn(program, rest, { cwd: options.cwd, env });
}

/** Runs it to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const child = startCli(args, options);
  child.stdin?.on('error', () => undefined); // It may end without having read.
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, [code, signal]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { stdout, stderr, code, signal };
}

/**
 * Runs it in a shell's pipe, in front of `reader`: the pipes of Node's own child_process are sockets.
 *
 * @returns what the reader wrote; and what raw-exec wrote to stderr, then its exit code on a line of its own
 */
export async function inPipe(
  args: readonly string[],
  reader: string,
): Promise<{ stdout: string; stderr: string }> {
  const script = `{ "$@"; echo $? >&2; } | ${reader}`;
  return promisify(execFile)('/bin/sh', ['-c', script, 'sh', process.execPath, cliFile, ...args]);
}
