import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAgentConfig } from '../../src/agent/agent-config.ts';
import { defaultLogSettings } from '../../src/agent/agent-log.ts';
import { defaultAgentPaths } from '../../src/agent/agent-paths.ts';
import { defaultGcSettings } from '../../src/agent/gc-config.ts';
import { nothingReserved } from '../../src/agent/reserved-config.ts';

const problems = (source: string): string[] =>
  readAgentConfig(source, 'agent.hcl').diagnostics.map(
    ({ summary, range }) => `${range?.start.line ?? '-'}: ${summary}`,
  );

test('a whole file is read, in both syntaxes', () => {
  const source = `
    state_dir          = "/srv/state"
    socket             = "/run/a.sock"
    socket_mode        = "0660"
    cgroup_parent      = "jobs.slice"
    stop_tasks_on_exit = true
    env_denylist       = ["SECRET_*"]
    reserved {
      cpu            = 500
      memory         = 512
      disk           = 1024
      reserved_ports = "8500-8502, 22"
    }
    log_level               = "warn"
    log_json                = true
    gc_interval             = "5s"
    gc_max_allocs           = 7
    gc_disk_usage_threshold = 33.5
    job_gc_threshold        = "0s"
    plugin "raw_exec" {
      config {
        enabled         = true
        denied_envvars  = ["AWS_*"]
      }
    }
  `;
  const expected = {
    stateDirectory: '/srv/state',
    socket: '/run/a.sock',
    socketMode: 0o660,
    cgroupParent: 'jobs.slice',
    isStoppingTasks: true,
    envDenylist: ['SECRET_*'],
    reserved: { cpuMHz: 500, memoryMB: 512, diskMB: 1024, ports: [22, 8500, 8501, 8502] },
    log: { level: 'warn', isJson: true },
    gc: { ...defaultGcSettings, intervalMs: 5000, maxAllocations: 7, diskUsage: 33.5, jobAgeMs: 0 },
    driver: { enabled: true, denied_envvars: ['AWS_*'] },
  };
  assert.deepEqual(readAgentConfig(source, 'agent.hcl').config, expected);
  assert.deepEqual(readAgentConfig('', 'agent.hcl').config, {
    socketMode: 0o600,
    isStoppingTasks: false,
    envDenylist: [],
    reserved: nothingReserved,
    log: defaultLogSettings,
    gc: defaultGcSettings,
    driver: {},
  });
});

test('every problem is told at once, each with its line', () => {
  const source = [
    'state_dir = "relative"',
    'sockt = "/run/a.sock"',
    'socket_mode = "999"',
    'stop_tasks_on_exit = "yes"',
    'client {}',
    'plugin "docker" {}',
    'plugin "raw_exec" {',
    '  config {',
    '    enabld = true',
    '  }',
    '}',
    'gc_interval = "1ms"',
    'gc_max_allocs = -1',
    'gc_disk_usage_threshold = 101',
    'gc_inode_usage_threshold = "70"',
    'job_gc_threshold = "4 hours"',
    'eval_gc_threshold = 60',
    'log_level = "loud"',
    'log_json = 1',
    'env_denylist = ["A=B"]',
    'reserved {',
    '  cpu = -1',
    '  memry = 1',
    '  reserved_ports = "0-70000,x"',
    '}',
  ].join('\n');
  assert.deepEqual(problems(source), [
    '1: state_dir: must be an absolute path',
    '2: sockt: unknown key. Did you mean socket?',
    '3: socket_mode: must be a mode such as "0660"',
    '4: stop_tasks_on_exit: must be true or false',
    '5: unknown block "client"',
    '6: a plugin block needs the label "raw_exec"',
    '8: enabld: unknown key. Did you mean enabled?',
    '12: gc_interval: must be at least 100 ms',
    '13: gc_max_allocs: must be a whole number, 0 or more',
    '14: gc_disk_usage_threshold: must be a percentage from 0 to 100',
    '15: gc_inode_usage_threshold: must be a percentage from 0 to 100',
    '16: job_gc_threshold: must be a duration such as "30s", "1h30m" or "250ms"',
    '17: eval_gc_threshold: must be a duration such as "30s", "1h30m" or "250ms"',
    '18: log_level: must be "debug", "info", "warn" or "error"',
    '19: log_json: must be true or false',
    '20: env_denylist[0]: must be a variable\'s name, which has no "=", got "A=B"',
    '22: reserved.cpu: must be a whole number, 0 or more',
    '23: reserved.memry: unknown key. Did you mean memory?',
    '24: reserved.reserved_ports: cannot read "x"; allowed are ids and ranges such as 0,10-15,22',
    '24: reserved.reserved_ports: has a number that is no port: they go from 1 to 65535',
  ]);
  assert.match(problems('state_dir = ')[0] ?? '', /^1: /);
});

test('root has the places of services, others those of the XDG directories, and the environment wins', () => {
  assert.deepEqual(defaultAgentPaths({}, true), {
    stateDirectory: '/var/lib/raw-exec',
    socket: '/run/raw-exec/agent.sock',
  });
  const home = { HOME: '/home/a', XDG_RUNTIME_DIR: '/run/user/7' };
  assert.deepEqual(defaultAgentPaths(home, false), {
    stateDirectory: '/home/a/.local/state/raw-exec',
    socket: '/run/user/7/raw-exec/agent.sock',
  });
  const asked = { HOME: '/home/a', RAW_EXEC_STATE_DIR: '/s', RAW_EXEC_SOCKET: '' };
  assert.deepEqual(defaultAgentPaths(asked, false), {
    stateDirectory: '/s',
    socket: '/s/agent.sock',
  });
});
