// What a task of a run is told by its environment.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../helpers/command-line.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';

async function environmentOf(
  file: string,
  env: Record<string, string> = {},
): Promise<Map<string, string>> {
  const { stdout, stderr, code } = await runCli(['run', file], { env });
  assert.equal(code, 0, stderr);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace('[task] ', '').split('=', 2) as [string, string]),
  );
}

test('NOMAD_* variables say who the task is, what it may use, and where its ports are', async (t) => {
  const file = await jobFile(
    t,
    [
      taskGroup(
        'group',
        [
          shellTask('task', 'env', {
            Meta: { 'own-key': 'c' },
            Resources: { CPU: 250, MemoryMB: 64, MemoryMaxMB: 128 },
          }),
        ],
        {
          Meta: { shared: 'b' },
          Networks: [
            {
              ReservedPorts: [{ Label: 'http', Value: 8080 }],
              DynamicPorts: [{ Label: 'admin-ui' }],
            },
          ],
        },
      ),
    ],
    {
      ID: 'a/job',
      Name: 'a/job',
      Datacenters: ['dc7'],
      Region: 'north',
      Namespace: 'apps',
      Meta: { shared: 'a' },
    },
  );
  const env = await environmentOf(file);
  const expected: Record<string, string> = {
    NOMAD_ALLOC_INDEX: '0',
    NOMAD_ALLOC_NAME: 'a/job.group[0]',
    NOMAD_CPU_LIMIT: '250',
    NOMAD_DC: 'dc7',
    NOMAD_GROUP_NAME: 'group',
    NOMAD_HOST_PORT_http: '8080',
    NOMAD_JOB_ID: 'a/job',
    NOMAD_JOB_NAME: 'a/job',
    NOMAD_MEMORY_LIMIT: '64',
    NOMAD_MEMORY_MAX_LIMIT: '128',
    NOMAD_META_SHARED: 'b',
    NOMAD_META_own_key: 'c',
    NOMAD_META_OWN_KEY: 'c',
    NOMAD_NAMESPACE: 'apps',
    NOMAD_PORT_http: '8080',
    NOMAD_REGION: 'north',
    NOMAD_TASK_NAME: 'task',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(env.get(name), value, name);
  assert.match(env.get('NOMAD_ALLOC_ID') ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(env.get('NOMAD_SHORT_ALLOC_ID'), env.get('NOMAD_ALLOC_ID')?.slice(0, 8));
  const port = Number(env.get('NOMAD_PORT_admin_ui'));
  assert.ok(port >= 20_000 && port <= 32_000, `${port}`);
  assert.equal(env.get('NOMAD_ADDR_admin_ui'), `${env.get('NOMAD_IP_admin_ui')}:${port}`);
});

test('the env block is interpolated and wins over the host; credentials of the host are not passed on', async (t) => {
  const file = await jobFile(t, [
    taskGroup('group', [
      shellTask('task', 'env', {
        Env: {
          WHO: '$' + '{NOMAD_TASK_NAME} on $' + '{attr.kernel.name}',
          KEPT: '$' + '{unknown.name}',
          OVER: 'task',
        },
      }),
    ]),
  ]);
  const env = await environmentOf(file, { OVER: 'host', FROM_HOST: 'yes', NOMAD_TOKEN: 'secret' });
  assert.equal(env.get('WHO'), 'task on linux');
  assert.equal(env.get('KEPT'), '$' + '{unknown.name}');
  assert.equal(env.get('OVER'), 'task');
  assert.equal(env.get('FROM_HOST'), 'yes');
  assert.equal(env.has('NOMAD_TOKEN'), false);
});

test('a job whose groups have a count of 0 says that there is nothing to run', async (t) => {
  const file = await jobFile(t, [taskGroup('group', [shellTask('task', 'env')], { Count: 0 })]);
  const { stdout, stderr, code } = await runCli(['run', file]);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 0 });
  assert.match(stderr, /^raw-exec: there is nothing to run: every group has a count of 0\n$/);
});
