import assert from 'node:assert/strict';
import test from 'node:test';
import { formatConfigIssue } from '../../src/driver/config-issue.ts';
import { parseTaskConfig, type RawExecTaskConfig } from '../../src/driver/task-config.ts';

function problemsOf(value: unknown): readonly string[] {
  const result = parseTaskConfig(value);
  return result.ok ? [] : result.issues.map(formatConfigIssue);
}

function configOf(value: unknown): RawExecTaskConfig {
  const result = parseTaskConfig(value);
  assert.ok(result.ok);
  return result.config;
}

const known =
  'command, args, work_dir, oom_score_adj, cgroup_v1_override, cgroup_v2_override, denied_envvars, limits, stop';

const refused: readonly (readonly [what: string, value: unknown, problems: readonly string[]])[] = [
  ['no block at all', undefined, ['command: is required']],
  ['a missing command', {}, ['command: is required']],
  ['a command that is null', { command: null }, ['command: is required']],
  ['an empty command', { command: '' }, ['command: must not be empty']],
  ['a command that is a list', { command: ['a'] }, ['command: must be text, got a list']],
  ['a command with a NUL byte', { command: 'a\0b' }, ['command: must not contain a NUL byte']],
  ['something that is no block', 'sleep 1', ['must be a block of settings, got "sleep 1"']],
  ['a list', [], ['must be a block of settings, got a list']],
  ['args in one text', { command: 'a', args: 'b c' }, ['args: must be a list of text, got "b c"']],
  [
    'items of args that are no text',
    { command: 'a', args: ['ok', null, {}, 'x\0'] },
    [
      'args[1]: must be text, got nothing',
      'args[2]: must be text, got a block',
      'args[3]: must not contain a NUL byte',
    ],
  ],
  [
    'a relative work_dir',
    { command: 'a', work_dir: 'data' },
    ['work_dir: must be an absolute path, got "data"'],
  ],
  [
    'a work_dir that is no text',
    { command: 'a', work_dir: 7 },
    ['work_dir: must be an absolute path, got 7'],
  ],
  [
    'a work_dir with a NUL byte',
    { command: 'a', work_dir: '/\0' },
    ['work_dir: must not contain a NUL byte'],
  ],
  [
    'a negative oom_score_adj',
    { command: 'a', oom_score_adj: -1 },
    ['oom_score_adj: must be a whole number from 0 to 1000, got -1'],
  ],
  [
    'an oom_score_adj above what the kernel takes',
    { command: 'a', oom_score_adj: '1001' },
    ['oom_score_adj: must be a whole number from 0 to 1000, got 1001'],
  ],
  [
    'a broken oom_score_adj',
    { command: 'a', oom_score_adj: 1.5 },
    ['oom_score_adj: must be a whole number from 0 to 1000, got 1.5'],
  ],
  [
    'an oom_score_adj in words',
    { command: 'a', oom_score_adj: 'high' },
    ['oom_score_adj: must be a whole number from 0 to 1000, got "high"'],
  ],
  [
    'a cgroup_v1_override that is no list',
    { command: 'a', cgroup_v1_override: { pids: '/x' } },
    ['cgroup_v1_override: must be a list of blocks of controller = "path", got a block'],
  ],
  [
    'a cgroup_v1_override with text for a block',
    { command: 'a', cgroup_v1_override: ['pids'] },
    ['cgroup_v1_override[0]: must be a block of controller = "path"'],
  ],
  [
    'an empty path and a path for a controller',
    { command: 'a', cgroup_v1_override: [{ pids: '' }, { 'a/b': 'x' }] },
    [
      'cgroup_v1_override[0].pids: must not be empty',
      'cgroup_v1_override[1].a/b: is not the name of a controller',
    ],
  ],
  [
    'a controller that is given twice',
    { command: 'a', cgroup_v1_override: [{ pids: 'x' }, { freezer: 'x', pids: 'y' }] },
    ['cgroup_v1_override[1].pids: is given twice: a task is in one group of each'],
  ],
  [
    'a cgroup_v2_override that is a block',
    { command: 'a', cgroup_v2_override: {} },
    ['cgroup_v2_override: must be text, got a block'],
  ],
  [
    'both overrides',
    { command: 'a', cgroup_v1_override: [{ pids: 'x' }], cgroup_v2_override: 'y' },
    ['cgroup_v2_override: cannot be given together with cgroup_v1_override: remove one of them'],
  ],
  [
    'denied_envvars that is no list',
    { command: 'a', denied_envvars: 'A*' },
    ['denied_envvars: must be a list of text, got "A*"'],
  ],
  [
    'patterns that can match no name',
    { command: 'a', denied_envvars: ['', 'A=B'] },
    [
      'denied_envvars[0]: must not be empty',
      `denied_envvars[1]: must be a variable's name, which has no "=", got "A=B"`,
    ],
  ],
  [
    'every unknown key, with the nearest name where there is one',
    { command: 'a', comand: 'b', arg: [], constructor: 1, toString: 2 },
    [
      'comand: unknown key. Did you mean command?',
      'arg: unknown key. Did you mean args?',
      `constructor: unknown key. Known are ${known}`,
      `toString: unknown key. Known are ${known}`,
    ],
  ],
];

for (const [what, value, problems] of refused) {
  test(`The task configuration refuses ${what}.`, () => {
    assert.deepEqual(problemsOf(value), problems);
  });
}

test('All problems of a task configuration are told at once, those across keys too.', () => {
  const value = {
    args: 3,
    work_dir: 'a',
    oom_score_adj: -5,
    cgroup_v1_override: [{ pids: 'x' }],
    cgroup_v2_override: 'y',
    x: 1,
  };
  assert.equal(problemsOf(value).length, 6);
});

test('A task configuration needs nothing but a command.', () => {
  assert.deepEqual(configOf({ command: 'date' }), { command: 'date', args: [], deniedEnvvars: [] });
});

test('Every setting of a task is read.', () => {
  assert.deepEqual(
    configOf({
      command: '/bin/date',
      args: ['-u'],
      work_dir: '/srv',
      oom_score_adj: 500,
      cgroup_v2_override: 'jobs/a',
      denied_envvars: ['AWS_*'],
    }),
    {
      command: '/bin/date',
      args: ['-u'],
      workDir: '/srv',
      oomScoreAdj: 500,
      cgroupV2Override: 'jobs/a',
      deniedEnvvars: ['AWS_*'],
    },
  );
});

test('Repeated blocks of cgroup_v1_override become one mapping.', () => {
  const config = configOf({ command: 'a', cgroup_v1_override: [{ pids: '/x' }, { freezer: 'y' }] });
  assert.deepEqual(config.cgroupV1Override, { pids: '/x', freezer: 'y' });
});

test('Null and empty values count as absent.', () => {
  const value = {
    command: 'a',
    args: null,
    work_dir: '',
    oom_score_adj: null,
    cgroup_v1_override: [],
    cgroup_v2_override: '',
    denied_envvars: null,
    something: null,
  };
  assert.deepEqual(configOf(value), { command: 'a', args: [], deniedEnvvars: [] });
});

test('Numbers and booleans become text where text is meant, and text becomes a number.', () => {
  const config = configOf({ command: 'a', args: [5, 1.5, true, 1e21], oom_score_adj: '20' });
  assert.deepEqual(config.args, ['5', '1.5', 'true', '1000000000000000000000']);
  assert.equal(config.oomScoreAdj, 20);
});
