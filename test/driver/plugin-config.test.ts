import assert from 'node:assert/strict';
import test from 'node:test';
import { formatConfigIssue } from '../../src/driver/config-issue.ts';
import {
  legacyEnableOption,
  type PluginConfigOptions,
  parsePluginConfig,
  type RawExecPluginConfig,
} from '../../src/driver/plugin-config.ts';

function problemsOf(value: unknown, options: PluginConfigOptions = {}): readonly string[] {
  const result = parsePluginConfig(value, options);
  return result.ok ? [] : result.issues.map(formatConfigIssue);
}

function configOf(value: unknown, options: PluginConfigOptions = {}): RawExecPluginConfig {
  const result = parsePluginConfig(value, options);
  assert.ok(result.ok);
  return result.config;
}

const grammar = 'allowed are ids and ranges such as 0,10-15,22';

const refused: readonly (readonly [what: string, value: unknown, problems: readonly string[]])[] = [
  ['something that is no block', true, ['must be a block of settings, got true']],
  [
    'enabled that is neither true nor false',
    { enabled: 'yes' },
    ['enabled: must be true or false, got "yes"'],
  ],
  ['enabled that is a number', { enabled: 1 }, ['enabled: must be true or false, got 1']],
  [
    'ids that are no text',
    { denied_host_uids: 0, denied_host_gids: [0] },
    [
      'denied_host_uids: must be text such as "0,10-15,22", got 0',
      'denied_host_gids: must be text such as "0,10-15,22", got a list',
    ],
  ],
  [
    'each part of ids that cannot be read',
    { denied_host_uids: '1-2-3,1-2-3-4,x,-1,+1,1.5,0x10,5-' },
    ['1-2-3', '1-2-3-4', 'x', '-1', '+1', '1.5', '0x10', '5-'].map(
      (part) => `denied_host_uids: cannot read "${part}"; ${grammar}`,
    ),
  ],
  [
    'an empty part',
    { denied_host_gids: '1,,2' },
    [`denied_host_gids: has an empty part; ${grammar}`],
  ],
  [
    'a range that goes backwards',
    { denied_host_gids: '20-10' },
    ['denied_host_gids: "20-10" goes backwards: write the lower id first'],
  ],
  [
    'an id beyond 32 bit',
    { denied_host_uids: '4294967296' },
    ['denied_host_uids: "4294967296" is out of range: ids go from 0 to 4294967295'],
  ],
  [
    'patterns that can match no name',
    { denied_envvars: ['', 'A=', 3, []] },
    [
      'denied_envvars[0]: must not be empty',
      `denied_envvars[1]: must be a variable's name, which has no "=", got "A="`,
      'denied_envvars[3]: must be text, got a list',
    ],
  ],
  [
    'unknown keys, with the nearest name',
    { enable: true, denied_host_uid: '0' },
    [
      'enable: unknown key. Did you mean enabled?',
      'denied_host_uid: unknown key. Did you mean denied_host_uids?',
    ],
  ],
  [
    'the removed key no_cgroups, with what to do',
    { no_cgroups: true },
    [
      'no_cgroups: is no longer a setting. Remove it; a task that shall run in a group of your own names it by cgroup_v2_override',
    ],
  ],
];

for (const [what, value, problems] of refused) {
  test(`The plugin configuration refuses ${what}.`, () => {
    assert.deepEqual(problemsOf(value), problems);
  });
}

test('The driver is off until somebody turns it on.', () => {
  const off = { isEnabled: false, deniedHostUids: [], deniedHostGids: [], deniedEnvvars: [] };
  assert.deepEqual(configOf(undefined), off);
  assert.deepEqual(configOf({ enabled: null, denied_host_uids: '' }), off);
});

test('Every setting of the plugin is read.', () => {
  const value = {
    enabled: true,
    denied_host_uids: '0,10-15, 22 - 22',
    denied_host_gids: '0',
    denied_envvars: ['AWS_*'],
  };
  assert.deepEqual(configOf(value), {
    isEnabled: true,
    deniedHostUids: [
      { low: 0, high: 0 },
      { low: 10, high: 15 },
      { low: 22, high: 22 },
    ],
    deniedHostGids: [{ low: 0, high: 0 }],
    deniedEnvvars: ['AWS_*'],
  });
});

test('The old client option turns the driver on, with a warning.', () => {
  for (const value of [true, 'true', '1']) {
    const result = parsePluginConfig({}, { clientOptions: { [legacyEnableOption]: value } });
    assert.ok(result.ok && result.config.isEnabled);
    assert.deepEqual(result.warnings.map(formatConfigIssue), [
      'client.options.driver.raw_exec.enable: is deprecated: set enabled = true in plugin "raw_exec" { config { … } }',
    ]);
  }
});

test('What the plugin block says wins over the old client option.', () => {
  const clientOptions = { [legacyEnableOption]: 'true' };
  assert.equal(configOf({ enabled: false }, { clientOptions }).isEnabled, false);
});

test('An old client option that is neither true nor false is refused.', () => {
  assert.deepEqual(problemsOf({}, { clientOptions: { [legacyEnableOption]: 'on' } }), [
    'client.options.driver.raw_exec.enable: must be true or false, got "on"',
  ]);
});
