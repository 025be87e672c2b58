// Owner of one folder per test, which goes with the test.

import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cleanUp } from './clean-up.ts';

/** A new empty folder that other users may enter; removed when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'raw-exec-test-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The same, removed after what was registered for cleaning up later: for what is written to, or mounted on, until then. */
export function lastingFolder(t: TestContext): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'raw-exec-test-'));
  chmodSync(folder, 0o755);
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
