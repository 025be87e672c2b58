// SIGHUP: a running agent reads its configuration again.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { native } from '../../src/native.ts';
import { spawn } from '../../src/process/spawn.ts';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { cliFile, runCli } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';
import { isAlive } from '../helpers/process-end.ts';
import { testServiceManager } from '../helpers/service-manager.ts';

const patient = 'trap "exit 0" INT; while :; do sleep 0.02; done';
const service = { Type: 'service' };

const says = (agent: TestAgent, text: RegExp): Promise<true> =>
  eventually(`it says ${text}`, () => text.test(agent.said) || undefined);

test('what can change at once does: level, format, collection, and whether tasks end with the agent', async (t) => {
  const agent = new TestAgent(t, 'log_level = "info"');
  const socket = join(agent.stateDirectory, 'notify');
  const manager = await testServiceManager(t, socket);
  manager.read();
  await agent.start({ NOTIFY_SOCKET: socket });
  const done = await jobFile(t, [taskGroup('group', [shellTask('task', 'exit 0')])], {
    ID: 'done',
  });
  assert.equal((await agent.cli('run', done)).code, 0);
  assert.doesNotMatch(agent.said, / debug /);
  agent.configure(
    'log_level = "debug"\nlog_json = true\nstop_tasks_on_exit = true\ngc_interval = "100ms"\ngc_max_allocs = 0',
  );
  agent.signal('SIGHUP');
  await eventually('it is ready again', () => {
    const [, reloading = '', ready = ''] = manager.told;
    return (
      (/^RELOADING=1\nMONOTONIC_USEC=\d+$/.test(reloading) && /^READY=1\n/.test(ready)) || undefined
    );
  });
  await eventually(
    'the directory is collected',
    () => readdirSync(join(agent.stateDirectory, 'alloc')).length === 0 || undefined,
  );
  const job = await jobFile(t, [taskGroup('group', [shellTask('task', patient)])], service);
  assert.equal((await agent.cli('run', job)).code, 0);
  const [allocation] = await agent.allocations('test');
  assert.ok(allocation);
  await says(agent, /"message":"task task of allocation .* runs as process/);
  assert.match(
    agent.said,
    / info read .*agent\.hcl again: log_level, log_json, stop_tasks_on_exit, gc_interval, gc_max_allocs\n/,
  );
  const lines = agent.said.split('\n').filter((line) => line.startsWith('{'));
  const line = lines
    .map((one) => JSON.parse(one) as Record<string, string>)
    .find(({ task }) => task === 'task');
  assert.ok(line);
  assert.equal(line['level'], 'debug');
  assert.equal(line['job'], 'test');
  assert.equal(line['allocation'], allocation.ID);
  assert.equal(await agent.end('SIGTERM'), 0);
  assert.ok(!isAlive(pidOf(allocation, 'task')));
});

test('what needs a restart is told by name, and a file with mistakes changes nothing', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  agent.configure('socket_mode = "0660"\nlog_level = "warn"', 'enabled = false');
  agent.signal('SIGHUP');
  await says(agent, /warn plugin "raw_exec" has changed, and needs a restart of the agent/);
  assert.match(agent.said, /warn socket_mode has changed, and needs a restart of the agent/);
  assert.doesNotMatch(agent.said, / debug /);
  agent.configure('log_level = "debug"\nlog_jsn = true\ngc_max_allocs = "many"');
  agent.signal('SIGHUP');
  await says(agent, /error .*agent\.hcl cannot be used: the configuration stays as it was/);
  assert.match(
    agent.said,
    /error .*agent\.hcl:2:1: log_jsn: unknown key\. Did you mean log_json\?/,
  );
  assert.match(agent.said, /error .*agent\.hcl:3:1: gc_max_allocs: must be a whole number/);
  const job = await jobFile(t, [taskGroup('group', [shellTask('task', 'exit 0')])]);
  // The driver is still enabled.
  assert.equal((await agent.cli('run', job)).code, 0);
  await agent.until('it is done', 'test', ([one]) => one?.ClientStatus === 'complete');
  assert.doesNotMatch(agent.said, / debug /);
});

test('an agent without a file says that there is nothing to read, and goes on', async (t) => {
  const agent = new TestAgent(t);
  await agent.start({}, []);
  agent.signal('SIGHUP');
  await says(agent, /warn SIGHUP: there is no configuration to read again/);
  assert.equal(await agent.client.isThere(), true);
  const { code } = await runCli(['status'], { env: { RAW_EXEC_SOCKET: agent.client.socket } });
  assert.equal(code, 0);
});

test('an agent whose terminal has gone reads its configuration again, and goes on without one', async (t) => {
  const agent = new TestAgent(t);
  const { args, env } = agent.invocation;
  const pair = native.openPty(80, 24);
  assert.ok(typeof pair !== 'number');
  const [controller, terminal] = pair;
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [cliFile, ...args], {
    stdio: [terminal, terminal, terminal],
    newSession: true,
    controllingTerminal: true,
    env: { ...env, PATH },
  });
  native.close(terminal);
  cleanUp(t, async () => {
    child.kill('SIGKILL');
    await child.exited;
  });
  await eventually('it answers', async () => (await agent.client.isThere()) || undefined);
  agent.configure('log_level = "debug"');
  native.close(controller);
  await eventually('it is read again', async () => {
    const { config } = await agent.client.get<{ config: { LogLevel: string } }>('/v1/agent/self');
    return config.LogLevel === 'DEBUG' || undefined;
  });
  const job = await jobFile(t, [taskGroup('group', [shellTask('task', 'exit 0')])]);
  assert.equal((await agent.cli('run', job)).code, 0);
  child.kill('SIGTERM');
  assert.equal((await child.exited).exitCode, 0);
});
