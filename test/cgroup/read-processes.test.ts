import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProcesses } from '../../src/cgroup/process-list.ts';
import { spawn } from '../../src/process/spawn.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';

guardAgainstLeaks();

test('A process is read by pid, and by its start only as long as it is the same one.', async () => {
  const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' });
  const [sample] = readProcesses([{ pid: child.pid }]);
  assert.ok(sample);
  assert.deepEqual([sample.pid, sample.parentPid], [child.pid, process.pid]);
  const { startTicks } = sample;
  assert.equal(readProcesses([{ pid: child.pid, startTicks }]).length, 1);
  assert.deepEqual(readProcesses([{ pid: child.pid, startTicks: startTicks + 1 }]), []);
  child.kill('SIGKILL');
  await child.exited;
  assert.deepEqual(readProcesses([{ pid: child.pid, startTicks }]), []);
});

test('This process itself is told with its memory, threads and traffic.', () => {
  const [sample] = readProcesses([{ pid: process.pid }]);
  assert.ok(sample);
  assert.ok(sample.rssBytes > 10_000_000 && sample.threads > 1);
  assert.ok(sample.readBytes !== undefined && sample.writtenBytes !== undefined);
  assert.ok(Math.abs(sample.userCpuMs - process.cpuUsage().user / 1000) < 1000);
});
