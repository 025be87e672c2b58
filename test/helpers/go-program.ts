// Owner of the build of a test's program in Go, from whatever this machine has of Go.

import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { messageOf } from '../../src/message-of.ts';
import { codeOf } from '../../src/system-code.ts';
import { temporaryDirectory } from './job-file.ts';

const run = promisify(execFile);
/** Seconds. Together less than a test file may take: a network that answers nobody, or a machine that is too slow, is told before. */
const limits = { download: 60, build: 100 } as const;
/** Of timeout(1). */
const timedOut = 124;

export async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version']);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * @param source - folder of the module
 * @returns the program, or why there is none: no Go, no way to its modules, or not enough time
 */
export async function buildGoProgram(
  t: TestContext,
  source: string,
): Promise<{ program: string } | { missing: string }> {
  if (!(await hasGo())) return { missing: 'go is not installed' };
  const folder = await temporaryDirectory(t);
  const program = join(folder, basename(source));
  /** Ends it with all that it has started when its time is over: go(1) alone would leave its compilers. */
  const go = (limit: number, ...args: readonly string[]): Promise<unknown> => {
    const env = { ...process.env, GOTMPDIR: folder };
    return run('timeout', ['--kill-after=5', String(limit), 'go', ...args], { cwd: source, env });
  };
  try {
    await go(limits.download, 'mod', 'download');
  } catch (error) {
    const why = messageOf(error).split('\n')[1] ?? '';
    return { missing: `the modules of ${basename(source)} cannot be had: ${why}` };
  }
  try {
    await go(limits.build, 'build', '-o', program, '.');
  } catch (error) {
    // Where nothing of Go was built before, its whole library is.
    const isSlow = error instanceof Error && 'code' in error && error.code === timedOut;
    if (isSlow)
      return { missing: `it was not built within ${limits.build} s; a second run goes on` };
    throw error;
  }
  return { program };
}
