// What is told of a distribution.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentCounters } from '../../src/agent/metrics/agent-counters.ts';
import { Histogram } from '../../src/agent/metrics/histogram.ts';
import { metricsJson } from '../../src/agent/metrics/metrics-json.ts';
import { metricsText } from '../../src/agent/metrics/metrics-text.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { TaskEvent } from '../../src/driver/task.ts';

test('values are counted up to each bound, the bound with them, in both forms', () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0.5, 2, 2, 7]) histogram.add(value);
  const all = [{ name: 'a.b', help: 'What it is.', kind: 'histogram', histogram }] as const;
  assert.equal(
    metricsText(all),
    [
      '# HELP a_b What it is.',
      '# TYPE a_b histogram',
      'a_b_bucket{le="1"} 1',
      'a_b_bucket{le="2"} 3',
      'a_b_bucket{le="5"} 3',
      'a_b_bucket{le="+Inf"} 4',
      'a_b_sum 11.5',
      'a_b_count 4',
      '',
    ].join('\n'),
  );
  const { Samples: samples } = metricsJson(all, new Date(0)) as { Samples: object[] };
  const [{ Stddev: deviation, ...sample } = { Stddev: 0 }] = samples as { Stddev: number }[];
  const told = { Name: 'a.b', Labels: {}, Count: 4, Sum: 11.5, Min: 0.5, Max: 7, Mean: 2.875 };
  assert.deepEqual(sample, told);
  assert.ok(Math.abs(deviation - 2.8395) < 0.001, String(deviation));
});

test('OOM kills are counted once, whether they are noticed before the end of the task or with it', async (t) => {
  const driver = await RawExecDriver.create();
  t.after(() => driver.close());
  const counters = new AgentCounters();
  counters.watch(driver);
  const tell = (
    taskId: string,
    kind: TaskEvent['kind'],
    annotations: Readonly<Record<string, string>>,
  ): void => {
    const at = new Date(0);
    driver.emit('taskEvent', {
      taskId,
      taskName: '',
      allocId: '',
      kind,
      at,
      message: '',
      annotations,
    });
  };
  tell('a', 'oomKill', { oom_kills: '1' });
  tell('a', 'oomKill', { oom_kills: '3' });
  tell('a', 'exited', { reason: 'oomKilled', oom_killed: 'true' });
  tell('b', 'exited', { reason: 'oomKilled', oom_killed: 'true' });
  tell('c', 'exited', { reason: 'exited', oom_killed: 'false' });
  assert.equal(counters.oomKills, 4);
  assert.deepEqual(Object.fromEntries(counters.exits), { oomKilled: 2, exited: 1 });
});
