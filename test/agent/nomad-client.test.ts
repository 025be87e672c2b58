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
/** A network that answers nobody, or a client that waits for ever, is told before the file is given up. */
const timeout = 80_000;
const source = join(repoRoot, 'test/agent/nomad-client');

/** @returns why there is no client: no Go, or no way to its modules */
async function whatIsMissing(): Promise<string | undefined> {
  try {
    await run('go', ['mod', 'download'], { cwd: source, timeout });
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'go is not installed';
    return `the modules of the client cannot be had: ${messageOf(error).split('\n')[1] ?? ''}`;
  }
}

async function buildClient(t: TestContext): Promise<string> {
  const program = join(await temporaryDirectory(t), 'nomad-client');
  await run('go', ['build', '-o', program, '.'], { cwd: source, timeout });
  return program;
}

test("Nomad's own client has all that it asks for", async (t) => {
  const missing = await whatIsMissing();
  if (missing !== undefined) {
    t.skip(missing);
    return;
  }
  const program = await buildClient(t);
  const agent = new TestAgent(t);
  await agent.start();
  // Settings of whoever runs the tests are not for this agent.
  const { PATH = '' } = process.env;
  const { stdout } = await run(program, [agent.client.socket], { env: { PATH }, timeout });
  assert.equal(stdout, 'all is well\n');
});
