// What a user has written is kept with the version of the job that it became, and told again as it came.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestAgent } from '../helpers/agent.ts';
import { ask } from '../helpers/api.ts';
import { jobFile, shellTask, taskGroup, temporaryDirectory } from '../helpers/job-file.ts';

const source = (script: string): string => `# Kept with its comments.
variable "words" {
  type = string
}

job "test" {
  type = "batch"
  task "task" {
    driver = "raw_exec"
    config {
      command = "/bin/sh"
      args    = ["-c", "${script} \${var.words}"]
    }
  }
}
`;

test('a job file is kept as it was written, version by version, with its variables', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const folder = await temporaryDirectory(t);
  const [file, variables] = [join(folder, 'job.nomad.hcl'), join(folder, 'vars.hcl')];
  writeFileSync(variables, 'words = "from a file"\n');
  writeFileSync(file, source('echo'));
  assert.equal((await agent.cli('run', '-var', 'words=a=b', file)).code, 0);
  writeFileSync(file, source('printf'));
  assert.equal((await agent.cli('run', '-var-file', variables, file)).code, 0);
  await agent.end('SIGTERM');
  await agent.start();
  const newest = await agent.client.get<Record<string, unknown>>('/v1/job/test/submission');
  assert.deepEqual(
    [newest['Source'], newest['Format'], newest['VariableFlags'], newest['Variables']],
    [source('printf'), 'hcl2', {}, 'words = "from a file"\n'],
  );
  const first = await agent.client.get<Record<string, unknown>>('/v1/job/test/submission', {
    version: 0,
  });
  assert.deepEqual([first['Source'], first['VariableFlags']], [source('echo'), { words: 'a=b' }]);
  const none = await ask(agent, 'GET', '/v1/job/test/submission?version=7');
  assert.deepEqual([none.status, none.body], [404, 'job source not found']);
});

test('a job without its source has none, and one that is no text is refused', async (t) => {
  const agent = new TestAgent(t);
  await agent.start();
  const groups = [taskGroup('group', [shellTask('task', 'exit 0')])];
  const body = { Job: { ID: 'bare', Type: 'batch', TaskGroups: groups } };
  assert.equal((await ask(agent, 'PUT', '/v1/jobs', body)).status, 200);
  assert.equal((await ask(agent, 'GET', '/v1/job/bare/submission')).status, 404);
  for (const submission of ['text', [1], { Source: 5 }, { VariableFlags: { a: 1 } }]) {
    const refused = { Job: { ...body.Job, ID: 'refused' }, Submission: submission };
    assert.equal((await ask(agent, 'PUT', '/v1/jobs', refused)).status, 400);
  }
  assert.equal((await ask(agent, 'GET', '/v1/job/refused')).status, 404);
  // An API job file has a source, too: its JSON.
  const file = await jobFile(t, groups, { ID: 'json' });
  assert.equal((await agent.cli('run', file)).code, 0);
  const kept = await agent.client.get<Record<string, unknown>>('/v1/job/json/submission');
  assert.equal(kept['Format'], 'json');
});
