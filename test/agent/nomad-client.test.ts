// Nomad's own client library, as a program in Go, against a real agent: it decodes what the agent answers, and finds what it needs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { messageOf } from '../../src/message-of.ts';
import { codeOf } from '../../src/system-code.ts';
import { TestAgent } from '../helpers/agent.ts';
import { temporaryDirectory } from '../helpers/job-file.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const run = promisify(execFile);
const source = join(repoRoot, 'test/agent/nomad-client');
/** Seconds. Together less than a test file may take: a network that answers nobody, or a machine that is too slow, is told before. */
const limits = { download: 60, build: 100, run: 15 } as const;
/** Of timeout(1). */
const timedOut = 124;

/** Ends it with all that it has started when its time is over: go(1) alone would leave its compilers. */
function go(limit: number, folder: string, ...args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, GOTMPDIR: folder };
  return run('timeout', ['--kill-after=5', String(limit), 'go', ...args], { cwd: source, env });
}

/** @returns the program, or why there is none: no Go, no way to its modules, or not enough time */
async function buildClient(t: TestContext): Promise<{ program: string } | { missing: string }> {
  const folder = await temporaryDirectory(t);
  const program = join(folder, 'nomad-client');
  try {
    await run('go', ['version']);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { missing: 'go is not installed' };
    throw error;
  }
  try {
    await go(limits.download, folder, 'mod', 'download');
  } catch (error) {
    const why = messageOf(error).split('\n')[1] ?? '';
    return { missing: `the modules of the client cannot be had: ${why}` };
  }
  try {
    await go(limits.build, folder, 'build', '-o', program, '.');
  } catch (error) {
    // Where nothing of Go was built before, its whole library is.
    const isSlow = error instanceof Error && 'code' in error && error.code === timedOut;
    if (isSlow)
      return { missing: `it was not built within ${limits.build} s; a second run goes on` };
    throw error;
  }
  return { program };
}

test("Nomad's own client has all that it asks for", async (t) => {
  const built = await buildClient(t);
  if ('missing' in built) {
    t.skip(built.missing);
    return;
  }
  const agent = new TestAgent(t);
  await agent.start();
  // Settings of whoever runs the tests are not for this agent.
  const { PATH = '' } = process.env;
  const { stdout } = await run(built.program, [agent.client.socket], {
    env: { PATH },
    timeout: limits.run * 1000,
  });
  assert.equal(stdout, 'all is well\n');
});
