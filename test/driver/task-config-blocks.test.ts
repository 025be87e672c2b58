// The blocks of a task's config that Nomad's own driver does not have: limits beyond the job's resources, and the stop ladder.

import assert from 'node:assert/strict';
import test from 'node:test';
import { formatConfigIssue } from '../../src/driver/config-issue.ts';
import { parseTaskConfig } from '../../src/driver/task-config.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { hostTest } from '../helpers/host-test.ts';

const command = 'a';

function problemsOf(value: object): readonly string[] {
  const result = parseTaskConfig({ command, ...value });
  return result.ok ? [] : result.issues.map(formatConfigIssue);
}

test('Limits are read in the units that their names say, from a block and from a list of one.', () => {
  const limits = {
    memory_high: 64,
    swap_max: 0,
    memory_oom_group: true,
    cpu_max: '1.5',
    pids_max: '100',
    io_weight: 200,
    io_max: [{ device: '8:0', read_bps: 1000, write_iops: 5 }],
  };
  for (const given of [limits, [limits]]) {
    const result = parseTaskConfig({ command, limits: given });
    assert.ok(result.ok);
    assert.deepEqual(result.config.limits, {
      memoryHighBytes: 64 * 1024 * 1024,
      swapMaxBytes: 0,
      memoryOomGroup: true,
      cpuMaxCores: 1.5,
      pidsMax: 100,
      ioWeight: 200,
      ioMax: [{ device: '8:0', readBytesPerSecond: 1000, writeOperationsPerSecond: 5 }],
    });
  }
});

test('Empty blocks say nothing.', () => {
  const result = parseTaskConfig({ command, limits: {}, stop: [] });
  assert.ok(result.ok);
  assert.equal(result.config.limits, undefined);
  assert.equal(result.config.stop, undefined);
});

test('The stop ladder is read step by step.', () => {
  const stop = [{ signal: 'SIGHUP', to: 'group', grace: '1m30s' }, { signal: 'SIGTERM' }];
  const result = parseTaskConfig({ command, stop });
  assert.ok(result.ok);
  assert.deepEqual(result.config.stop, [
    { signal: 'SIGHUP', to: 'group', graceMs: 90_000 },
    { signal: 'SIGTERM', to: 'main' },
  ]);
});

test('All that is wrong with the blocks is told, with its path.', () => {
  const limits = { pid_max: 5, cpu_max: 0, swap_max: -1, io_max: [{ read_bps: 'x' }] };
  assert.deepEqual(problemsOf({ limits }), [
    'limits.swap_max: must be a whole number from 0 to 8589934592, got -1',
    'limits.cpu_max: must be a number from 0.01 to 8192, got 0',
    'limits.pid_max: unknown key. Did you mean pids_max?',
    'limits.io_max[0].device: is required',
    'limits.io_max[0].read_bps: must be a whole number from 1 to 9007199254740991, got "x"',
  ]);
  assert.deepEqual(problemsOf({ limits: [{}, {}] }), [
    'limits[1]: stands twice: put both into one block',
  ]);
  const stop = [
    { to: 'all' },
    { signal: 'SIGTREM', grace: '-1s' },
    { signal: 'SIGNULL', grace: 5 },
  ];
  assert.deepEqual(problemsOf({ stop }), [
    'stop[0].signal: is required',
    'stop[0].to: must be "main", "group" or "cgroup", got "all"',
    'stop[1].signal: unknown signal "SIGTREM". Did you mean SIGTERM?',
    'stop[1].grace: must be from 0 to 24 days, got "-1s"',
    'stop[2].signal: must be a signal that is sent; SIGNULL only asks',
    'stop[2].grace: must be a duration such as "30s", "1h30m" or "250ms", got 5',
  ]);
  assert.deepEqual(problemsOf({ stop: 'SIGTERM' }), [
    'stop: must be blocks with signal, got "SIGTERM"',
  ]);
});

hostTest('A task is ended by the ladder of its own configuration.', async (t) => {
  const { driver, configTask, untilLine, stdout } = await makeDriver(t);
  const script = `
    trap 'echo hup' HUP
    trap 'echo term; exit 7' TERM
    echo ready
    while :; do sleep 0.05; done`;
  const stop = [
    { signal: 'SIGHUP', grace: '300ms' },
    { signal: 'SIGTERM', grace: '60s' },
  ];
  const task = configTask({ command: 'sh', args: ['-c', script], stop });
  await driver.startTask(task);
  await untilLine('ready');
  const { exit } = await driver.stopTask(task.id, { killSignal: 'SIGKILL', timeoutMs: 5000 });
  assert.equal(exit?.exitCode, 7);
  assert.equal(stdout(), 'ready\nhup\nterm\n');
});
