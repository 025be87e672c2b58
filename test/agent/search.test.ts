// Lists by filter and by prefix, and the search for ids, over the socket of a real agent.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestAgent } from '../helpers/agent.ts';
import { ask } from '../helpers/api.ts';
import { shellTask, taskGroup } from '../helpers/job-file.ts';

type Json = Record<string, unknown>;

/** Jobs that are over at once, in no order. */
async function withJobs(
  t: TestContext,
  jobs: Readonly<Record<string, object>>,
): Promise<TestAgent> {
  const agent = new TestAgent(t);
  await agent.start();
  for (const [id, fields] of Object.entries(jobs)) {
    const groups = [taskGroup('group', [shellTask('task', 'exit 0')])];
    const job = { ID: id, Type: 'batch', TaskGroups: groups, ...fields };
    const put = await ask(agent, 'PUT', '/v1/jobs', { Job: job });
    assert.equal(put.status, 200, put.body);
  }
  return agent;
}

async function idsOf(agent: TestAgent, path: string): Promise<unknown[]> {
  const answer = await ask(agent, 'GET', path);
  assert.equal(answer.status, 200, answer.body);
  return (JSON.parse(answer.body) as Json[]).map(({ ID }) => ID);
}

test('lists take filters over the whole objects', async (t) => {
  const agent = await withJobs(t, {
    web: { Meta: { team: 'blue' }, Priority: 70 },
    'web/front': { Meta: { team: 'red' } },
    other: {},
  });
  const jobs = (filter: string): Promise<unknown[]> =>
    idsOf(agent, `/v1/jobs?filter=${encodeURIComponent(filter)}`);
  assert.deepEqual(await jobs('Meta["team"] == "blue"'), ['web']);
  assert.deepEqual(await jobs('Meta.team is empty'), ['other']);
  assert.deepEqual(await jobs('ID matches "^web" and not (Priority == 70)'), ['web/front']);
  assert.deepEqual(await jobs('"dc1" in Datacenters'), []);
  await agent.until('all are over', 'web', ([one]) => one?.ClientStatus === 'complete');
  const complete = encodeURIComponent('ClientStatus == "complete" and JobID == "web"');
  assert.equal((await idsOf(agent, `/v1/allocations?filter=${complete}`)).length, 1);
  const ofTeam = encodeURIComponent('Job.Meta.team == "red" or Job.Priority == 70');
  assert.equal((await idsOf(agent, `/v1/allocations?filter=${ofTeam}`)).length, 2);
  assert.deepEqual(await jobs('JobSummary.Summary contains "none"'), []);
  const evaluations = `/v1/evaluations?filter=${encodeURIComponent('JobID == "other"')}`;
  assert.equal((await idsOf(agent, evaluations)).length, 1);
  const ready = `/v1/nodes?filter=${encodeURIComponent('Status != "ready"')}`;
  assert.deepEqual(await idsOf(agent, ready), []);
});

test('a filter that cannot be used is refused with the place of what is wrong', async (t) => {
  const agent = await withJobs(t, { web: {} });
  const cases: [string, RegExp][] = [
    ['ID = "x"', /character 4 of .*begins nothing/],
    ['Nme == "x"', /character 1 of .*no field "Nme", but ID/],
    ['ID ==', /character 6 of .*a value is wanted/],
  ];
  for (const [filter, message] of cases) {
    const answer = await ask(agent, 'GET', `/v1/jobs?filter=${encodeURIComponent(filter)}`);
    assert.equal(answer.status, 400, answer.body);
    assert.match(answer.body, message);
  }
});

test('an exact match comes first in either order and is told once, page by page', async (t) => {
  const agent = await withJobs(t, { b2: {}, b: {}, b1: {}, a: {} });
  assert.deepEqual(await idsOf(agent, '/v1/jobs?prefix=b'), ['b', 'b1', 'b2']);
  assert.deepEqual(await idsOf(agent, '/v1/jobs?prefix=b&reverse=true'), ['b', 'b2', 'b1']);
  for (const order of ['', '&reverse=true']) {
    const seen: string[] = [];
    for (let token: string | undefined = 'b'; token !== undefined; ) {
      const path = `/v1/jobs?prefix=b&per_page=1&next_token=${token}${order}`;
      const answer = await ask(agent, 'GET', path);
      seen.push(...(JSON.parse(answer.body) as Json[]).map(({ ID }) => String(ID)));
      const next = answer.headers['x-nomad-nexttoken'];
      token = next === undefined ? undefined : String(next);
    }
    assert.deepEqual(seen, order === '' ? ['b', 'b1', 'b2'] : ['b', 'b2', 'b1']);
  }
});

test('ids are found by their beginning, twenty of each kind at most', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`job-${at}`, {}]));
  const agent = await withJobs(t, { ...many, web: {} });
  const search = async (body: object): Promise<{ Matches: Json; Truncations: Json }> => {
    const answer = await ask(agent, 'POST', '/v1/search', body);
    assert.equal(answer.status, 200, answer.body);
    return JSON.parse(answer.body) as { Matches: Json; Truncations: Json };
  };
  const jobs = await search({ Prefix: 'job-', Context: 'jobs' });
  assert.equal((jobs.Matches['jobs'] as unknown[]).length, 20);
  assert.deepEqual(jobs.Truncations, { jobs: true });
  const exact = await search({ Prefix: 'job-1', Context: 'jobs' });
  assert.equal((exact.Matches['jobs'] as unknown[])[0], 'job-1');
  const all = await search({ Prefix: 'web', Context: 'all' });
  assert.deepEqual(all.Matches, { jobs: ['web'], allocs: [], evals: [], nodes: [] });
  const [allocation] = await agent.allocations('web');
  assert.ok(allocation);
  const prefix = allocation.ID.slice(0, 8);
  assert.deepEqual((await search({ Prefix: prefix })).Matches['allocs'], [allocation.ID]);
  const evaluation = { Prefix: allocation.EvalID, Context: 'evals' };
  assert.deepEqual((await search(evaluation)).Matches, { evals: [allocation.EvalID] });
  assert.deepEqual((await search({ Prefix: '', Context: 'volumes' })).Matches, { volumes: [] });
  for (const body of [
    { Prefix: 'x', Context: 'cows' },
    { Prefix: 'x', Context: 'constructor' },
    { Prefix: 1 },
    'no json',
  ]) {
    const answer = await ask(agent, 'PUT', '/v1/search', body);
    assert.equal(answer.status, 400, answer.body);
  }
});
