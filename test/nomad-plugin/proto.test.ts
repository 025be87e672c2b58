// The code of the plugin's messages is in the repository, so that nobody needs the generators to build it. It is as they write it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hasGo } from '../helpers/go-program.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const run = promisify(execFile);

/** Rejects with the names of files that differ. */
async function check(language: string): Promise<void> {
  const script = join(repoRoot, 'scripts/proto.mjs');
  await run(process.execPath, [script, '--check', language], { cwd: repoRoot });
}

test("the plugin's messages are those of its .proto files", () => check('typescript'));

test('the messages of its test in Go are those, too', async (t) => {
  if (process.env['CI'] !== 'true' && !(await hasGo())) t.skip('go is not installed');
  else await check('go');
});
