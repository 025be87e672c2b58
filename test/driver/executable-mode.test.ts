import assert from 'node:assert/strict';
import { chmodSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ensureExecutable } from '../../src/driver/executable-mode.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

function makeTask(t: TestContext): { readonly root: string; readonly taskDir: string } {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'task'));
  return { root, taskDir: join(root, 'task') };
}

function makeFile(path: string, mode: number): string {
  writeFileSync(path, '');
  chmodSync(path, mode);
  return path;
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

test('A program inside the task directory gets the missing bits of 0555, and loses none.', async (t) => {
  const { taskDir } = makeTask(t);
  for (const mode of [0o600, 0o644, 0o750, 0o111, 0o000, 0o2640]) {
    const file = makeFile(join(taskDir, `tool-${mode}`), mode);
    await ensureExecutable(file, taskDir);
    assert.equal(modeOf(file), mode | 0o555);
  }
});

test('A program of the host keeps its mode, and is refused when nobody may execute it.', async (t) => {
  const { root, taskDir } = makeTask(t);
  const file = makeFile(join(root, 'tool'), 0o644);
  await assert.rejects(ensureExecutable(file, taskDir), {
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    message:
      `cannot start ${file}: nobody may execute it, and its mode is not changed because it is outside the task ` +
      `directory. Run: chmod a+rx ${file}`,
  });
  assert.equal(modeOf(file), 0o644);
  chmodSync(file, 0o700);
  await ensureExecutable(file, taskDir);
  assert.equal(modeOf(file), 0o700);
});

test('A folder whose name only begins like the task directory is outside it.', async (t) => {
  const { root, taskDir } = makeTask(t);
  mkdirSync(join(root, 'task-2'));
  const file = makeFile(join(root, 'task-2/tool'), 0o644);
  await assert.rejects(ensureExecutable(file, taskDir), { code: 'ERR_COMMAND_NOT_EXECUTABLE' });
});

test('A symbolic link out of the task directory does not open a host file.', async (t) => {
  const { root, taskDir } = makeTask(t);
  const target = makeFile(join(root, 'secret'), 0o600);
  const link = join(taskDir, 'tool');
  symlinkSync(target, link);
  await assert.rejects(ensureExecutable(link, taskDir), { code: 'ERR_COMMAND_NOT_EXECUTABLE' });
  assert.equal(modeOf(target), 0o600);
});

test('A hard link to a host file does not open it.', async (t) => {
  const { root, taskDir } = makeTask(t);
  const target = makeFile(join(root, 'secret'), 0o600);
  const link = join(taskDir, 'tool');
  linkSync(target, link);
  await assert.rejects(ensureExecutable(link, taskDir), {
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    message: /its mode is not changed because it has other names \(hard links\)/,
  });
  assert.equal(modeOf(target), 0o600);
});

test('A task directory that is reached through a symbolic link is still the task directory.', async (t) => {
  const { root, taskDir } = makeTask(t);
  symlinkSync(taskDir, join(root, 'link'));
  const file = makeFile(join(taskDir, 'tool'), 0o644);
  await ensureExecutable(join(root, 'link/tool'), join(root, 'link'));
  assert.equal(modeOf(file), 0o755);
});

test('A file that is gone is not found.', async (t) => {
  const { taskDir } = makeTask(t);
  await assert.rejects(ensureExecutable(join(taskDir, 'gone'), taskDir), {
    code: 'ERR_COMMAND_NOT_FOUND',
  });
});
