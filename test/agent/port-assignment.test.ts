// Ports of a job on one host: none twice, and none chosen that the job names itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostPorts, pretendedPorts } from '../../src/agent/port-assignment.ts';
import { reserveStaticPorts } from '../../src/agent/static-ports.ts';
import { hclJob } from '../helpers/hcl-job.ts';

const webJob = (count: number): ReturnType<typeof hclJob> =>
  hclJob(`job "j" {
  group "web" {
    count = ${count}
    network {
      port "http" { static = 8080 }
      port "admin" {}
    }
    task "t" {
      driver = "raw_exec"
      config { command = "/bin/true" }
    }
  }
}`);

test('a port that a job names itself is given to nobody else', async () => {
  const pool = hostPorts();
  for (let port = 20_000; port <= 32_000; port++) {
    if (port < 25_000 || port > 26_000) assert.ok(pool.reserve(port));
  }
  const given = await Promise.all(Array.from({ length: 20 }, () => pool.take()));
  assert.ok(
    given.every((port) => port >= 25_000 && port <= 26_000),
    given.join(),
  );
  assert.equal(new Set(given).size, given.length);
});

test('two allocations cannot have one port of a host, and the error names both', () => {
  assert.deepEqual(reserveStaticPorts(webJob(1), hostPorts()), []);
  const [problem, ...more] = reserveStaticPorts(webJob(2), hostPorts());
  assert.deepEqual(more, []);
  assert.equal(problem?.severity, 'error');
  assert.match(problem.summary, /^port 8080 .* by web\[0\] as "http" and by web\[1\] as "http": /);
});

test('a job that is only looked at may be for several hosts', () => {
  assert.deepEqual(reserveStaticPorts(webJob(2), pretendedPorts()), []);
});
