// Owner of the short commands that the harness runs: compilers, and questions for versions.

import { execFileSync } from 'node:child_process';

/** Runs a command to its end and returns what it printed; the error of a failure carries what it said. */
export function runCommand(file: string, args: readonly string[], cwd?: string): string {
  return execFileSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** The first line that a command prints, or why there is none. */
export function tryCommand(
  file: string,
  args: readonly string[],
): { readonly text: string } | { readonly absent: string } {
  try {
    return { text: runCommand(file, args).split('\n')[0] ?? '' };
  } catch (error) {
    // Absence is an answer here: the report names it.
    return {
      absent: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    };
  }
}
