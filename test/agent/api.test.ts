// The API as clients of Nomad know it, over the socket of a real agent.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { eventually } from '../helpers/eventually.ts';
import { shellTask, taskGroup } from '../helpers/job-file.ts';

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

type Json = Record<string, unknown>;

const patient = 'while :; do sleep 0.02; done';
const job = (id: string, script: string, fields: object = {}): object => ({
  Job: {
    ID: id,
    Type: 'batch',
    TaskGroups: [
      taskGroup(
        'group',
        [shellTask('task', script, { RestartPolicy: { Attempts: 0, Mode: 'fail' } })],
        { ReschedulePolicy: { Attempts: 0, Unlimited: false } },
      ),
    ],
    ...fields,
  },
});

async function ask(
  agent: TestAgent,
  method: string,
  path: string,
  body?: string | object,
): Promise<Answer> {
  const sent = typeof body === 'object' ? JSON.stringify(body) : body;
  return new Promise((resolve, reject) => {
    request({ socketPath: agent.client.socket, method, path }, (response) => {
      text(response).then(
        (received) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: received,
          }),
        reject,
      );
    })
      .on('error', reject)
      .end(sent);
  });
}

async function started(t: TestContext): Promise<TestAgent> {
  const agent = new TestAgent(t);
  await agent.start();
  return agent;
}

test('a job is registered, read, listed and removed by the paths of Nomad, whatever its id holds', async (t) => {
  const agent = await started(t);
  const id = 'a/b-é';
  const put = await ask(agent, 'PUT', '/v1/jobs', job(id, patient));
  assert.equal(put.status, 200, put.body);
  const { EvalID } = JSON.parse(put.body) as Json;
  const path = `/v1/job/${id.split('/').map(encodeURIComponent).join('/')}`;
  const whole = await agent.client.get<Json>(path);
  assert.equal(whole['ID'], id);
  assert.equal(whole['Version'], 0);
  assert.equal(whole['Stop'], false);
  for (const name of ['Name', 'Type', 'Priority', 'Namespace', 'Status', 'SubmitTime', 'Meta'])
    assert.notEqual(whole[name] ?? undefined, undefined, name);
  await agent.until('it runs', id, ([one]) => one?.ClientStatus === 'running');
  const summary = await agent.client.get<Json>(`${path}/summary`);
  assert.equal((summary['Summary'] as Record<string, Json>)['group']?.['Running'], 1);
  assert.equal(JSON.stringify(await agent.client.get(`${path}/deployment`)), 'null');
  const evaluation = await agent.client.get<Json>(`/v1/evaluation/${String(EvalID)}`);
  assert.equal(evaluation['Status'], 'complete');
  const placed = await agent.client.get<Json[]>(`/v1/evaluation/${String(EvalID)}/allocations`);
  assert.equal(placed.length, 1);
  const encoded = await ask(agent, 'GET', `/v1/job/${encodeURIComponent(id)}/allocations`);
  assert.equal((JSON.parse(encoded.body) as unknown[]).length, 1);
  const removed = await ask(agent, 'DELETE', `${path}?purge=true`);
  assert.equal(removed.status, 200, removed.body);
  await eventually('it is forgotten', async () => {
    return (await ask(agent, 'GET', path)).status === 404 || undefined;
  });
  assert.deepEqual(await agent.allocations(id), []);
});

test('a blocking query answers when something has changed, and tells the index', async (t) => {
  const agent = await started(t);
  const first = await ask(agent, 'GET', '/v1/jobs');
  const index = Number(first.headers['x-nomad-index']);
  const blocked = ask(agent, 'GET', `/v1/jobs?index=${index}&wait=60s`);
  await ask(agent, 'PUT', '/v1/jobs', job('now', 'exit 0'));
  const answer = await blocked;
  assert.ok(Number(answer.headers['x-nomad-index']) > index);
  const short = await ask(agent, 'GET', '/v1/jobs?index=999999999&wait=1ms');
  assert.equal(short.status, 200);
});

test('signals reach a task, its use is told, and its log is read as frames and as it is', async (t) => {
  const agent = await started(t);
  const script = 'trap "echo caught; exit 4" USR1; echo ready; while :; do sleep 0.01; done';
  await ask(agent, 'PUT', '/v1/jobs', job('web', script));
  const [allocation] = await agent.until(
    'it runs',
    'web',
    ([one]) => one?.ClientStatus === 'running',
  );
  assert.ok(allocation);
  const logs = `/v1/client/fs/logs/${allocation.ID}?task=task&type=stdout`;
  const following = ask(agent, 'GET', `${logs}&follow=true&plain=true`);
  const stats = await agent.client.get<Json>(`/v1/client/allocation/${allocation.ID}/stats`);
  assert.ok(JSON.stringify(stats).includes('"RSS":'));
  const bad = await ask(agent, 'PUT', `/v1/client/allocation/${allocation.ID}/signal`, {
    Signal: 'SIGNOTHING',
    Task: 'task',
  });
  assert.equal(bad.status, 400, bad.body);
  await eventually('its trap is set', async () => {
    return (await ask(agent, 'GET', `${logs}&plain=true`)).body.includes('ready') || undefined;
  });
  const good = await ask(agent, 'PUT', `/v1/client/allocation/${allocation.ID}/signal`, {
    Signal: 'SIGUSR1',
    Task: 'task',
  });
  assert.equal(good.status, 200, good.body);
  assert.equal((await following).body, 'ready\ncaught\n');
  const framed = await ask(agent, 'GET', logs);
  const frame = JSON.parse(framed.body) as Json;
  assert.equal(frame['File'], 'alloc/logs/task.stdout.0');
  assert.equal(Buffer.from(String(frame['Data']), 'base64').toString(), 'ready\ncaught\n');
  const tail = await ask(agent, 'GET', `${logs}&plain=true&lines=1`);
  assert.equal(tail.body, 'caught\n');
  const [ended] = await agent.until(
    'it has failed',
    'web',
    ([one]) => one?.ClientStatus === 'failed',
  );
  assert.ok(ended && pidOf(ended, 'task') > 0);
});

test('what is wrong is refused in one answer, and nothing is registered', async (t) => {
  const agent = await started(t);
  const cases: [string, string, string | object | undefined, number, RegExp][] = [
    ['PUT', '/v1/jobs', 'no json', 400, /job:1:1/],
    ['PUT', '/v1/jobs', '', 400, /./],
    [
      'PUT',
      '/v1/jobs',
      { Job: { ID: 'x', TaskGroups: [{ Nme: 'a' }] } },
      400,
      /Did you mean "Name"/,
    ],
    [
      'PUT',
      '/v1/jobs',
      { Job: { ID: 'a b', Type: 'other' } },
      400,
      /no blanks(?:.|\n)*type must be one of/,
    ],
    ['PUT', '/v1/jobs', 'x'.repeat(10 * 1024 * 1024 + 1), 413, /bytes/],
    ['PUT', '/v1/jobs/parse', { HCL: '' }, 400, /JobHCL/],
    [
      'PUT',
      '/v1/jobs/parse',
      {
        JobHCL:
          'job "x" { group "g" { task "t" { driver = "raw_exec" config { command = file("/etc/passwd") } } } }',
      },
      400,
      /file/,
    ],
    ['PUT', '/v1/jobs', job('x', 'exit 0', { Namespace: 'other' }), 404, /no namespace "other"/],
    ['PUT', '/v1/jobs', job('x', 'exit 0', { Region: 'mars' }), 404, /no region "mars"/],
    ['GET', '/v1/job/none', undefined, 404, /job not found/],
    ['GET', '/v1/job/%zz', undefined, 400, /%/],
    ['DELETE', '/v1/job/none', undefined, 404, /job not found/],
    ['GET', '/v1/allocation/none', undefined, 404, /alloc not found/],
    ['GET', '/v1/client/fs/logs/none?task=x', undefined, 404, /alloc not found/],
    ['GET', '/v1/jobs?namespace=other', undefined, 404, /namespace/],
    ['GET', '/v1/jobs?region=other', undefined, 404, /region/],
    ['GET', '/v1/jobs?per_page=-1', undefined, 400, /per_page/],
    ['GET', '/v1/nothing', undefined, 404, /has no GET/],
  ];
  for (const [method, path, body, status, message] of cases) {
    const answer = await ask(agent, method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.body}`);
    assert.match(answer.body, message, path);
  }
  assert.deepEqual(await agent.client.get('/v1/jobs'), []);
  assert.equal(statSync(agent.client.socket).mode & 0o777, 0o600);
});

test('lists come in pages and by prefix, and the node is one that is dialled by nobody', async (t) => {
  const agent = await started(t);
  for (const id of ['a1', 'a2', 'b1']) await ask(agent, 'PUT', '/v1/jobs', job(id, 'exit 0'));
  const idsOf = ({ body }: Answer): unknown[] => (JSON.parse(body) as Json[]).map(({ ID }) => ID);
  const first = await ask(agent, 'GET', '/v1/jobs?prefix=a&per_page=1');
  assert.deepEqual(idsOf(first), ['a1']);
  const token = String(first.headers['x-nomad-nexttoken']);
  assert.deepEqual(idsOf(await ask(agent, 'GET', `/v1/jobs?prefix=a&next_token=${token}`)), ['a2']);
  assert.deepEqual(idsOf(await ask(agent, 'GET', '/v1/jobs?reverse=true')), ['b1', 'a2', 'a1']);
  const [node] = await agent.client.get<Json[]>('/v1/nodes');
  const whole = await agent.client.get<Json>(`/v1/node/${String(node?.['ID'])}`);
  assert.equal(whole['HTTPAddr'], '');
  assert.equal(whole['Status'], 'ready');
  const isHealthy = ({ Drivers }: Json): unknown =>
    (Drivers as Record<string, Json>)['raw_exec']?.['Healthy'];
  assert.equal(isHealthy(whole), true);
  const { Memory: memory } = whole['NodeResources'] as Record<string, Json>;
  assert.ok(Number(memory?.['MemoryMB']) > 0);
  const off = new TestAgent(t, '', 'enabled = false');
  await off.start();
  const [disabled] = await off.client.get<Json[]>('/v1/nodes');
  assert.equal(disabled && isHealthy(disabled), false);
});
