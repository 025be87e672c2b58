// Nomad's own client library, as a program in Go, against a real agent: it decodes what the agent answers, and finds what it needs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { TestAgent } from '../helpers/agent.ts';
import { buildGoProgram } from '../helpers/go-program.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const run = promisify(execFile);
const runLimitMs = 15_000;

test("Nomad's own client has all that it asks for", async (t) => {
  const built = await buildGoProgram(t, join(repoRoot, 'test/agent/nomad-client'));
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
    timeout: runLimitMs,
  });
  assert.equal(stdout, 'all is well\n');
});
