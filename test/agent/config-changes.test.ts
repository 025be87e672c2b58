// What a running agent takes over of a configuration, setting by setting.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AgentConfig,
  defaultAgentConfig,
  readAgentConfig,
} from '../../src/agent/agent-config.ts';
import { configChanges } from '../../src/agent/config-changes.ts';

function configOf(source: string): AgentConfig {
  const { config } = readAgentConfig(source, 'agent.hcl');
  assert.ok(config);
  return config;
}

const atOnce = [
  'log_level = "debug"',
  'log_json = true',
  'stop_tasks_on_exit = true',
  'gc_interval = "2m"',
  'gc_max_allocs = 3',
  'gc_disk_usage_threshold = 9',
  'gc_inode_usage_threshold = 9',
  'job_gc_threshold = "1h"',
  'eval_gc_threshold = "2h"',
];

for (const setting of atOnce) {
  const name = setting.split(' ')[0];
  test(`${name} counts at once`, () => {
    const next = configOf(setting);
    const { taken, needRestart, config } = configChanges(defaultAgentConfig, next);
    assert.deepEqual(taken, [name]);
    assert.deepEqual(needRestart, []);
    assert.deepEqual(config, next);
  });
}

const afterRestart = [
  ['state_dir', 'state_dir = "/srv"'],
  ['socket', 'socket = "/srv/a.sock"'],
  ['socket_mode', 'socket_mode = "0660"'],
  ['cgroup_parent', 'cgroup_parent = "a.slice"'],
  ['env_denylist', 'env_denylist = ["A"]'],
  ['reserved', 'reserved {\n reserved_ports = "22"\n}'],
  ['plugin "raw_exec"', 'plugin "raw_exec" {\n config {\n enabled = true\n }\n}'],
] as const;

for (const [name, setting] of afterRestart) {
  test(`${name} needs a restart, and stays as it was`, () => {
    const { taken, needRestart, config } = configChanges(defaultAgentConfig, configOf(setting));
    assert.deepEqual(taken, []);
    assert.deepEqual(needRestart, [name]);
    assert.deepEqual(config, defaultAgentConfig);
  });
}

test('every setting of the file is one or the other', () => {
  const all = configOf([...atOnce, ...afterRestart.map(([, setting]) => setting)].join('\n'));
  const { taken, needRestart } = configChanges(defaultAgentConfig, all);
  assert.equal(taken.length + needRestart.length, atOnce.length + afterRestart.length);
  const message = readAgentConfig('client {}', 'agent.hcl').diagnostics[0]?.detail ?? '';
  const known = message.split(', and ')[1]?.split(', ') ?? [];
  const blocks = ['plugin "raw_exec"', 'reserved'];
  assert.deepEqual(
    known.toSorted(),
    [...taken, ...needRestart].filter((name) => !blocks.includes(name)).toSorted(),
  );
});
