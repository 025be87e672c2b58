// The public surface as one file: no change of it goes in unseen.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { repoRoot } from '../helpers/repo-root.ts';

test('etc/raw-exec.api.md says what the library exports', () => {
  const tool = join(repoRoot, 'node_modules/@microsoft/api-extractor/bin/api-extractor');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, 'run'], {
    cwd: repoRoot,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}${stderr}\nrun: npm run api-report, and commit the difference`);
});
