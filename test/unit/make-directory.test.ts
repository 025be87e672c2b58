// Directories with all above them.

import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeDirectory } from '../../src/make-directory.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('All that is missing is made with the mode; what is there stays as it is.', async (t) => {
  const folder = temporaryFolder(t);
  const before = statSync(folder).mode;
  const path = join(folder, 'a', 'b', 'c');
  await Promise.all([makeDirectory(path, 0o700), makeDirectory(path, 0o700)]);
  await makeDirectory(path, 0o755);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o700);
  assert.equal(statSync(folder).mode, before);
});

test('A file in the way, and a place where nobody can make anything, are told at once.', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(makeDirectory(file), { code: 'EEXIST' });
  await assert.rejects(makeDirectory(join(file, 'below')), { code: 'ENOTDIR' });
  await assert.rejects(makeDirectory('/proc/raw-exec/below'), { code: 'ENOENT' });
});
