import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { lookUpCommand } from '../../src/driver/command-lookup.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

function makeFiles(root: string, files: Readonly<Record<string, number>>): void {
  for (const [file, mode] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
    chmodSync(join(root, file), mode);
  }
}

function makeHost(t: TestContext): { readonly root: string; readonly taskDir: string } {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'task/local'), { recursive: true });
  return { root, taskDir: join(root, 'task') };
}

test('A command is looked for in local, then in the task directory, then in PATH.', async (t) => {
  const { root, taskDir } = makeHost(t);
  const path = `${join(root, 'none')}:${join(root, 'bin')}`;
  makeFiles(root, { 'bin/tool': 0o755 });
  assert.equal((await lookUpCommand('tool', { taskDir, path })).path, join(root, 'bin/tool'));
  makeFiles(root, { 'task/tool': 0o644 });
  assert.equal((await lookUpCommand('tool', { taskDir, path })).path, join(root, 'task/tool'));
  makeFiles(root, { 'task/local/tool': 0o644 });
  assert.equal(
    (await lookUpCommand('tool', { taskDir, path })).path,
    join(root, 'task/local/tool'),
  );
});

test('A path is looked for in the task first, then on the host.', async (t) => {
  const { root, taskDir } = makeHost(t);
  makeFiles(root, { 'opt/tool': 0o644 });
  const command = join(root, 'opt/tool');
  assert.equal((await lookUpCommand(command, { taskDir, path: '' })).path, command);
  makeFiles(taskDir, { [`local${command}`]: 0o644 });
  assert.equal(
    (await lookUpCommand(command, { taskDir, path: '' })).path,
    join(taskDir, 'local', command),
  );
});

test('A file in PATH that nobody may execute is passed over.', async (t) => {
  const { root, taskDir } = makeHost(t);
  makeFiles(root, { 'a/tool': 0o644, 'b/tool': 0o755 });
  const path = `${join(root, 'a')}:${join(root, 'b')}`;
  assert.equal((await lookUpCommand('tool', { taskDir, path })).path, join(root, 'b/tool'));
});

test('A directory of the name is passed over while there is a file.', async (t) => {
  const { root, taskDir } = makeHost(t);
  mkdirSync(join(taskDir, 'local/tool'));
  makeFiles(root, { 'bin/tool': 0o755 });
  const path = join(root, 'bin');
  assert.equal((await lookUpCommand('tool', { taskDir, path })).path, join(root, 'bin/tool'));
});

test('A command that is only a directory is refused as one.', async (t) => {
  const { taskDir } = makeHost(t);
  const directory = join(taskDir, 'local/tool');
  mkdirSync(directory);
  await assert.rejects(lookUpCommand('tool', { taskDir, path: '' }), {
    code: 'ERR_COMMAND_IS_DIRECTORY',
    message: `cannot start ${directory}: it is a directory. Name a program in it`,
    path: directory,
  });
});

test('A command that is nowhere is refused with every place where it was looked for.', async (t) => {
  const { root, taskDir } = makeHost(t);
  await assert.rejects(lookUpCommand('tool', { taskDir, path: `${root}/x:.::rel:${root}/y` }), {
    code: 'ERR_COMMAND_NOT_FOUND',
    message:
      `cannot find the command "tool": none of these is there: ${taskDir}/local/tool, ${taskDir}/tool, ` +
      `${root}/x/tool, ${root}/y/tool`,
  });
});

test('A bare name is not looked for in the current directory.', async (t) => {
  const { taskDir } = makeHost(t);
  await assert.rejects(lookUpCommand('package.json', { taskDir, path: '.:' }), {
    code: 'ERR_COMMAND_NOT_FOUND',
  });
});

test('A path through a file is not found, and does not fail otherwise.', async (t) => {
  const { taskDir } = makeHost(t);
  makeFiles(taskDir, { file: 0o644 });
  await assert.rejects(lookUpCommand('file/tool', { taskDir, path: '' }), {
    code: 'ERR_COMMAND_NOT_FOUND',
  });
});
