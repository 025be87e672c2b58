// Metrics of a real agent, in both forms.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { ask } from '../helpers/api.ts';
import { eventually } from '../helpers/eventually.ts';
import { shellTask, taskGroup } from '../helpers/job-file.ts';

interface Values {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Value?: number;
  readonly Count: number;
  readonly Sum: number;
  readonly Mean: number;
}

interface Metrics {
  readonly Timestamp: string;
  readonly Gauges: readonly Values[];
  readonly Counters: readonly Values[];
  readonly Samples: readonly Values[];
}

const once = { RestartPolicy: { Attempts: 0, Mode: 'fail' } };
const again = { RestartPolicy: { Attempts: 2, Interval: 60e9, Delay: 0, Mode: 'fail' } };

async function withJobs(
  t: TestContext,
  tasks: Readonly<Record<string, object>>,
): Promise<TestAgent> {
  const agent = new TestAgent(t);
  await agent.start();
  for (const [id, task] of Object.entries(tasks)) {
    const group = taskGroup('group', [task], {
      ReschedulePolicy: { Attempts: 0, Unlimited: false },
    });
    const job = { ID: id, Type: 'batch', TaskGroups: [group] };
    const put = await ask(agent, 'PUT', '/v1/jobs', { Job: job });
    assert.equal(put.status, 200, put.body);
  }
  return agent;
}

/** Sums the values of a metric over those that have these labels. */
function sumOf(
  list: readonly Values[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = list.filter(
    (one) =>
      one.Name === name &&
      Object.entries(labels).every(([label, value]) => one.Labels[label] === value),
  );
  return found.length === 0
    ? undefined
    : found.reduce((sum, one) => sum + (one.Value ?? one.Count), 0);
}

test('starts, ends, restarts and failures are counted', async (t) => {
  const agent = await withJobs(t, {
    good: shellTask('task', 'exit 0', once),
    bad: shellTask('task', 'exit 3', again),
    none: { ...shellTask('task', '', once), Config: { command: '/none/such' } },
  });
  for (const [job, status] of [
    ['good', 'complete'],
    ['bad', 'failed'],
    ['none', 'failed'],
  ] as const)
    await agent.until(`${job} is over`, job, ([one]) => one?.ClientStatus === status);
  const metrics = await agent.client.get<Metrics>('/v1/metrics');
  assert.match(metrics.Timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
  const { Counters: counters, Samples: samples, Gauges: gauges } = metrics;
  assert.equal(sumOf(counters, 'raw_exec.task.restarts.total'), 2);
  assert.equal(sumOf(counters, 'raw_exec.task.exits.total', { reason: 'exited' }), 4);
  assert.equal(sumOf(counters, 'raw_exec.task.start_failures.total'), 1);
  assert.equal(sumOf(counters, 'raw_exec.task.oom_kills.total'), 0);
  const starts = samples.find(({ Name }) => Name === 'raw_exec.task.start.seconds');
  assert.equal(starts?.Count, 4);
  assert.ok(starts.Sum > 0 && Math.abs(starts.Mean - starts.Sum / 4) < 1e-9);
  assert.equal(sumOf(gauges, 'nomad.client.allocations.terminal'), 3);
  assert.equal(sumOf(gauges, 'raw_exec.tasks.running'), 0);
});

test('a running task is told with its CPU, memory and log, the keeper with its memory', async (t) => {
  const agent = await withJobs(t, {
    'a"b\\c': shellTask('task', 'printf 12345; exec sleep 1000', once),
  });
  const [allocation] = await agent.until(
    'it runs',
    'a"b\\c',
    ([one]) => one?.TaskStates['task']?.State === 'running',
  );
  assert.ok(allocation && pidOf(allocation, 'task') > 0);
  const mine = { alloc_id: allocation.ID, job: 'a"b\\c', task_group: 'group', task: 'task' };
  const written = 'raw_exec.task.log.written_bytes.total';
  const metrics = await eventually('its output is counted', async () => {
    const now = await agent.client.get<Metrics>('/v1/metrics');
    const isWritten = sumOf(now.Counters, written, { ...mine, stream: 'stdout' }) === 5;
    // The kernel sums the memory of a new group up every two seconds.
    const resident = sumOf(now.Gauges, 'nomad.client.allocs.memory.rss', mine) ?? 0;
    return isWritten && resident > 0 ? now : undefined;
  });
  const { Gauges: gauges, Counters: counters } = metrics;
  assert.equal(sumOf(counters, written, { stream: 'stderr' }), 0);
  assert.equal(sumOf(counters, 'raw_exec.task.log.dropped_bytes.total', mine), 0);
  assert.ok(Number(sumOf(gauges, 'nomad.client.allocs.cpu.total_percent', mine)) >= 0);
  assert.equal(sumOf(gauges, 'raw_exec.tasks.running'), 1);
  for (const part of ['keeper', 'holder', 'pump']) {
    assert.ok(Number(sumOf(gauges, 'raw_exec.keeper.processes', { part })) >= 1, part);
    assert.ok(Number(sumOf(gauges, 'raw_exec.keeper.memory.resident.bytes', { part })) > 0, part);
  }
  assert.ok(Number(sumOf(gauges, 'raw_exec.agent.memory.resident.bytes')) > 1e6);
  const text = await ask(agent, 'GET', '/v1/metrics?format=prometheus');
  assert.match(String(text.headers['content-type']), /^text\/plain; version=0\.0\.4/);
  checkText(text.body);
  const line = `raw_exec_task_log_written_bytes_total{job="a\\"b\\\\c",task_group="group",task="task",alloc_id="${allocation.ID}",stream="stdout"} 5\n`;
  assert.ok(text.body.includes(line), text.body);
  assert.match(text.body, /^raw_exec_task_start_seconds_bucket\{le="\+Inf"\} 1$/m);
  assert.match(text.body, /^raw_exec_task_start_seconds_count 1$/m);
  assert.equal((await ask(agent, 'GET', '/v1/metrics?format=xml')).status, 400);
});

/** Every line is a comment or a sample, and every sample belongs to the type that stands before it. */
function checkText(text: string): void {
  assert.ok(text.endsWith('\n'));
  let name = '';
  const seen = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const [, type] = /^# TYPE ([a-z_]+) (?:gauge|counter|histogram)$/.exec(line) ?? [];
    if (type !== undefined) {
      assert.ok(!seen.has(type), type);
      seen.add(type);
      name = type;
    } else if (!/^# HELP [a-z_]+ [^\n]+\.$/.test(line)) {
      const sample = /^([a-z_]+)(?:\{(?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)+\})? -?[0-9.e+-]+$/.exec(
        line,
      );
      assert.ok(sample, line);
      assert.equal(sample[1]?.replace(/_(?:bucket|sum|count)$/, ''), name, line);
    }
  }
}
