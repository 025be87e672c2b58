// Allocation directories while they are made: nobody else gets between.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  makeAllocationDirectory,
  makeTaskDirectory,
  openAllocationDirectory,
} from '../../src/agent/allocation-directory.ts';
import { allocationPaths, taskPaths } from '../../src/agent/allocation-paths.ts';
import { run } from '../../src/process/run.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const isRoot = process.geteuid?.() === 0;

test('a link in the place of the secrets cannot be put there while directories are handed over', {
  skip: !isRoot && 'not root: there is no other user to be',
}, async (t) => {
  const paths = allocationPaths(temporaryFolder(t), 'allocation');
  const task = taskPaths(paths, 'task');
  const replaceSecrets = async (): Promise<number> => {
    const args = ['-T', task.secrets, join(task.root, 'aside')];
    return (await run('mv', args, { user: 'nobody' })).status.exitCode;
  };

  await makeAllocationDirectory(paths);
  await makeTaskDirectory(task, { uid: 1, gid: 1 });
  assert.equal(statSync(paths.root).mode & 0o777, 0o700);
  assert.notEqual(await replaceSecrets(), 0);
  assert.deepEqual([statSync(task.secrets).uid, statSync(task.secrets).mode & 0o777], [1, 0o700]);

  await openAllocationDirectory(paths);
  assert.equal(statSync(paths.root).mode & 0o777, 0o711);
});
