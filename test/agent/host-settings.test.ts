// What the configuration says of the host: variables and ports that jobs do not get, and how the API tells all of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portText } from '../../src/agent/http/self-json.ts';
import { nothingReserved } from '../../src/agent/reserved-config.ts';
import { TestAgent } from '../helpers/agent.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';

test('variables of the agent that are denied, and credentials, do not reach tasks', async (t) => {
  const agent = new TestAgent(t, 'env_denylist = ["HIDDEN_*"]');
  await agent.start({ HIDDEN_ONE: '1', NOMAD_TOKEN: '2', SHOWN: '3' });
  const task = shellTask('task', 'env >../alloc/data/env', { Env: { HIDDEN_TWO: 'given' } });
  assert.equal((await agent.cli('run', await jobFile(t, [taskGroup('group', [task])]))).code, 0);
  const [one] = await agent.until(
    'it has ended',
    'test',
    ([found]) => found?.ClientStatus === 'complete',
  );
  const env = agent.read(one, 'alloc/data/env');
  assert.match(env, /^SHOWN=3$/m);
  assert.match(env, /^HIDDEN_TWO=given$/m);
  assert.doesNotMatch(env, /HIDDEN_ONE|NOMAD_TOKEN/);
});

test('a port that is not for jobs is not given to one, also after an allocation had it', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const networks = { Networks: [{ ReservedPorts: [{ Label: 'http', Value: 31_997 }] }] };
  const group = (): object =>
    taskGroup(
      'group',
      [shellTask('task', 'trap "exit 0" INT; while :; do sleep 0.02; done')],
      networks,
    );
  assert.equal((await agent.cli('run', await jobFile(t, [group()]))).code, 0);
  agent.configure('reserved {\n  reserved_ports = "22,31997"\n}');
  await agent.end('SIGTERM');
  await agent.start();
  assert.equal((await agent.cli('stop', 'test')).code, 0);
  const { code, stderr } = await agent.cli('run', await jobFile(t, [group()], { ID: 'other' }));
  assert.equal(code, 1);
  assert.match(
    stderr,
    /port 31997 of this host is taken by another allocation, or is none of jobs \(reserved_ports\)/,
  );
});

test('/v1/agent/self tells the configuration, also what was read again, and the node what is not for jobs', async (t) => {
  const reserved =
    'reserved {\n  cpu = 500\n  memory = 64\n  disk = 3\n  reserved_ports = "22,8500-8502"\n}';
  const agent = new TestAgent(t, reserved);
  await agent.start();
  interface Self {
    readonly config: Record<string, unknown> & { readonly Client: Record<string, unknown> };
  }
  const ask = (): Promise<Self> => agent.client.get<Self>('/v1/agent/self');
  const { config } = await ask();
  assert.equal(config['DataDir'], agent.stateDirectory);
  assert.equal(config['Socket'], agent.client.socket);
  assert.equal(config['SocketMode'], '0600');
  assert.equal(config['LogLevel'], 'INFO');
  assert.deepEqual(config['Plugins'], [{ Name: 'raw_exec', Config: { enabled: true } }]);
  assert.equal(config.Client['GCInterval'], '1m0s');
  assert.deepEqual(config.Client['Reserved'], {
    ...{ CPU: 500, MemoryMB: 64, DiskMB: 3, ReservedPorts: '22,8500-8502' },
  });
  const [node] = await agent.client.get<{ ID: string }[]>('/v1/nodes');
  assert.ok(node);
  const whole = await agent.client.get<{ ReservedResources: unknown }>(`/v1/node/${node.ID}`);
  assert.deepEqual(whole.ReservedResources, {
    Cpu: { CpuShares: 500 },
    Memory: { MemoryMB: 64 },
    Disk: { DiskMB: 3 },
    Networks: { ReservedHostPorts: '22,8500-8502' },
  });
  agent.configure(`log_level = "debug"\nsocket_mode = "0660"\ngc_interval = "90s"\n${reserved}`);
  agent.signal('SIGHUP');
  const next = await eventually('it is read again', async () => {
    const { config: found } = await ask();
    return found['LogLevel'] === 'DEBUG' ? found : undefined;
  });
  assert.equal(next.Client['GCInterval'], '1m30s');
  assert.equal(next['SocketMode'], '0600');
});

test('ports are told as ranges', () => {
  const text = (...ports: number[]): string => portText({ ...nothingReserved, ports });
  assert.equal(text(), '');
  assert.equal(text(22), '22');
  assert.equal(text(1, 2, 3, 5, 7, 8), '1-3,5,7-8');
});
