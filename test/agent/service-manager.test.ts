// What an agent tells the service manager that has started it, heard at a socket as systemd has it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServiceManager, watchdogPeriodMs } from '../../src/agent/service-manager.ts';
import { monotonicNowMs } from '../../src/clock.ts';
import { TestAgent } from '../helpers/agent.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';
import { testServiceManager } from '../helpers/service-manager.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('an agent is ready when it answers, gives signs of life, and says that it ends; its tasks know nothing of it', async (t) => {
  const agent = new TestAgent(t);
  const socket = join(agent.stateDirectory, 'notify');
  const manager = await testServiceManager(t, socket);
  manager.read();
  await agent.start({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '20000' });
  await eventually('it is ready', () => manager.told[0]);
  assert.match(manager.told[0] ?? '', /^READY=1\nSTATUS=serves .*agent\.sock, with 0 jobs in /);
  assert.equal(await agent.client.isThere(), true);
  await eventually(
    'it gives signs of life',
    () => manager.told.filter((one) => one === 'WATCHDOG=1').length > 2 || undefined,
  );
  const task = shellTask('task', 'env >../alloc/data/env');
  assert.equal((await agent.cli('run', await jobFile(t, [taskGroup('group', [task])]))).code, 0);
  const [allocation] = await agent.until(
    'it has ended',
    'test',
    ([one]) => one?.ClientStatus === 'complete',
  );
  const env = agent.read(allocation, 'alloc/data/env');
  assert.match(env, /^NOMAD_TASK_NAME=task$/m);
  assert.doesNotMatch(env, /NOTIFY_SOCKET|WATCHDOG_/);
  assert.equal(await agent.end('SIGTERM'), 0);
  await eventually('it ends', () => manager.told.includes('STOPPING=1') || undefined);
});

test('an abstract name works, too, and what is not read yet is told later, in order', async (t) => {
  const name = `@raw-exec-test-${process.pid}`;
  const manager = await testServiceManager(t, name);
  const env = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '60000000', PATH: '/bin' };
  const complaints: string[] = [];
  const service = new ServiceManager(env, (message) => complaints.push(message));
  t.after(() => service.close());
  assert.deepEqual(env, { PATH: '/bin' });
  // Some more than the socket holds, see unix(7).
  const held = readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8');
  const count = Number(held) + 20;
  const before = Math.floor(monotonicNowMs() * 1000);
  for (let at = 0; at < count; at += 1) service.ready(String(at));
  service.reloading();
  service.stopping();
  manager.read();
  await eventually('all is told', () => manager.told.length === count + 2 || undefined);
  assert.deepEqual(
    manager.told.slice(0, count),
    Array.from({ length: count }, (_, at) => `READY=1\nSTATUS=${at}`),
  );
  const [, time = ''] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(manager.told.at(-2) ?? '') ?? [];
  assert.ok(Number(time) >= before && Number(time) <= monotonicNowMs() * 1000);
  assert.equal(manager.told.at(-1), 'STOPPING=1');
  assert.deepEqual(complaints, []);
});

test('a socket that cannot be reached is told once, and nothing is said without one', (t) => {
  const complaints: string[] = [];
  const path = join(temporaryFolder(t), 'notify');
  const service = new ServiceManager({ NOTIFY_SOCKET: path }, (message) =>
    complaints.push(message),
  );
  service.ready('one');
  service.stopping();
  assert.equal(complaints.length, 1);
  assert.match(
    complaints[0] ?? '',
    /cannot tell .*notify \(NOTIFY_SOCKET\) READY=1, STATUS=one: ENOENT/,
  );
  const relative = new ServiceManager({ NOTIFY_SOCKET: 'x' }, (message) =>
    complaints.push(message),
  );
  relative.ready('');
  assert.match(complaints[1] ?? '', /EAFNOSUPPORT/);
  new ServiceManager({}, (message) => complaints.push(message)).ready('');
  assert.equal(complaints.length, 2);
  assert.ok(!existsSync(path));
});

test('signs of life come twice as often as they have to, and only from whom they are expected', () => {
  const period = (usec?: string, pid?: string): number | undefined =>
    watchdogPeriodMs({ WATCHDOG_USEC: usec, WATCHDOG_PID: pid }, 7);
  assert.equal(period('30000000', '7'), 15_000);
  assert.equal(period('30000000'), 15_000);
  assert.equal(period('30000000', '8'), undefined);
  assert.equal(period(undefined, '7'), undefined);
  for (const bad of ['0', '', '-1', '3e9', 'soon']) assert.equal(period(bad), undefined, bad);
});
