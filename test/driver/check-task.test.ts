import assert from 'node:assert/strict';
import test from 'node:test';
import { checkDriverTask } from '../../src/driver/check-task.ts';
import type { DriverTask } from '../../src/driver/task.ts';

const good: DriverTask = { id: 'a', name: 'b', driverConfig: {}, env: {}, taskDir: '/tmp' };

const variables = 'an object of text by name; names are not empty and have no "="';
const refused: readonly (readonly [field: string, value: unknown, message: string])[] = [
  ['id', '', 'id must be text that is not empty, got ""'],
  ['id', 5, 'id must be text that is not empty, got 5'],
  ['name', undefined, 'name must be text that is not empty, got nothing'],
  ['allocId', 5, 'allocId must be text without NUL bytes, got 5'],
  ['groupName', '\0', 'groupName must be text without NUL bytes, got "\\u0000"'],
  ['jobName', [], 'jobName must be text without NUL bytes, got a list'],
  ['env', 'A=1', `env must be ${variables}, got "A=1"`],
  ['env', { A: 1 }, `env must be ${variables}, got a block`],
  ['env', { 'A=B': '' }, `env must be ${variables}, got a block`],
  ['env', { '': '' }, `env must be ${variables}, got a block`],
  ['env', { A: '\0' }, `env must be ${variables}, got a block`],
  ['user', 0, 'user must be text without NUL bytes, got 0'],
  ['taskDir', 'task', 'taskDir must be an absolute path, got "task"'],
  ['stdoutPath', 'log', 'stdoutPath must be an absolute path, got "log"'],
  ['stderrPath', 2, 'stderrPath must be an absolute path, got 2'],
  ['pipeOutput', 'yes', 'pipeOutput must be true or false, got "yes"'],
  ['networkNamespace', 'blue', 'networkNamespace must be an absolute path, got "blue"'],
  ['taskdir', '/tmp', 'a task has no field taskdir. Did you mean taskDir?'],
  ['shell', true, 'a task has no field shell'],
];

for (const [field, value, message] of refused) {
  test(`A task is refused for: ${message}.`, () => {
    const task: DriverTask = { ...good, [field]: value };
    assert.throws(() => checkDriverTask(task), {
      code: 'ERR_INVALID_OPTION',
      option: field,
      message,
    });
  });
}

test('Output goes to pipes or to paths, not to both.', () => {
  const task: DriverTask = { ...good, pipeOutput: true, stderrPath: '/tmp/x' };
  assert.throws(() => checkDriverTask(task), {
    code: 'ERR_INVALID_OPTION',
    message: 'pipeOutput cannot be given together with stdoutPath or stderrPath',
  });
});

test('A task with every field and a task with the needed ones are taken.', () => {
  checkDriverTask(good);
  checkDriverTask({
    ...good,
    allocId: '',
    groupName: 'g',
    jobName: 'j',
    user: '',
    stdoutPath: '',
    stderrPath: '/dev/null',
    pipeOutput: false,
    networkNamespace: '/run/netns/blue',
  });
});
