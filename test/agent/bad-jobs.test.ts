// What is no good job is refused by the API with the text that the command line shows, and nothing is registered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadJobFile } from '../../src/job/load-job-file.ts';
import { renderDiagnostics } from '../../src/job/render-diagnostics.ts';
import { notesFor } from '../../src/job/run-notes.ts';
import { TestAgent } from '../helpers/agent.ts';
import { ask } from '../helpers/api.ts';
import { readBadJobs } from '../helpers/bad-jobs.ts';
import '../helpers/property-seed.ts';

function shown(source: string): string {
  const { diagnostics, sources } = loadJobFile({ source, filename: 'job' });
  return renderDiagnostics(notesFor('agent', diagnostics), { sources, colour: false }).trimEnd();
}

test('every bad job of the corpus is answered by 400, with the same text', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  for (const { name, source } of readBadJobs()) {
    const { status, body } = await ask(agent, 'PUT', '/v1/jobs/parse', { JobHCL: source });
    assert.equal(status, 400, name);
    assert.equal(body, shown(source), name);
    // As an editor of a page sends it: HCL where JSON belongs.
    assert.equal((await ask(agent, 'PUT', '/v1/jobs', source)).status, 400, name);
  }
  assert.deepEqual(await agent.client.get('/v1/jobs'), []);
});

test('whatever else comes as a job is refused with a reason, and the agent goes on', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const group = { Name: 'g', Tasks: [{ Name: 't', Driver: 'raw_exec', Config: { command: 'x' } }] };
  const good = { ID: 'good', Type: 'batch', TaskGroups: [group] };
  const odd = fc.oneof(
    fc.constantFrom(null, [], {}, '', -1, 1.5, 1e300, true, 'text', [null], [[]], {
      a: { b: [1] },
    }),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const fields = [
    'ID',
    'Name',
    'Type',
    'Priority',
    'TaskGroups',
    'Datacenters',
    'Meta',
    'Constraints',
    'Update',
    'Namespace',
    'Region',
    'Periodic',
    'nothing',
  ];
  const inGroup = [
    'Name',
    'Count',
    'Tasks',
    'RestartPolicy',
    'ReschedulePolicy',
    'Networks',
    'Meta',
    'EphemeralDisk',
    'Services',
  ];
  const inTask = [
    'Name',
    'Driver',
    'Config',
    'Env',
    'User',
    'KillTimeout',
    'KillSignal',
    'Resources',
    'LogConfig',
    'Lifecycle',
    'Leader',
    'Templates',
  ];
  const job = fc.oneof(
    odd,
    fc.tuple(fc.constantFrom(...fields), odd).map(([name, value]) => ({ ...good, [name]: value })),
    fc
      .tuple(fc.constantFrom(...inGroup), odd)
      .map(([name, value]) => ({ ...good, TaskGroups: [{ ...group, [name]: value }] })),
    fc.tuple(fc.constantFrom(...inTask), odd).map(([name, value]) => ({
      ...good,
      TaskGroups: [{ ...group, Tasks: [{ ...group.Tasks[0], [name]: value }] }],
    })),
  );
  await fc.assert(
    fc.asyncProperty(job, fc.boolean(), async (value, isWrapped) => {
      const body = JSON.stringify(isWrapped ? { Job: value } : value);
      // Checked, and not run: some of these are good.
      const { status, body: said } = await ask(agent, 'PUT', '/v1/validate/job', body);
      assert.ok(status === 200 || status === 400, `${status}: ${said} for ${body}`);
      assert.ok(said.length > 0);
      assert.doesNotMatch(said, /\n {4}at |TypeError|is not a function|Cannot read/);
    }),
    { numRuns: 400 },
  );
  for (const [what, body, status] of [
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400],
    ['deep nesting', `{"Job":${'['.repeat(50_000)}`, 400],
    ['10 MB of blanks and no more', ' '.repeat(10 * 1024 * 1024), 400],
    ['more than 10 MB', ' '.repeat(10 * 1024 * 1024 + 1), 413],
  ] as const)
    assert.equal((await ask(agent, 'PUT', '/v1/jobs', body)).status, status, what);
  assert.deepEqual(await agent.client.get('/v1/jobs'), []);
});
