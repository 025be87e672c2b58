import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { repoRoot } from '../helpers/repo-root.ts';

const compiledSource = fileURLToPath(new URL('../../src', import.meta.url));

test('The committed JSON Schemas are what the configuration model says today.', () => {
  const script = join(repoRoot, 'scripts/make-json-schemas.mjs');
  const check = spawnSync(process.execPath, [script, '--check', '--from', compiledSource], {
    encoding: 'utf8',
  });
  assert.equal(check.status, 0, check.stderr);
});

test('The JSON Schema of a task names every key, and no other key is allowed.', () => {
  const text = readFileSync(join(repoRoot, 'schemas/task-config.schema.json'), 'utf8');
  const schema: unknown = JSON.parse(text);
  assert.ok(typeof schema === 'object' && schema !== null);
  assert.ok('properties' in schema && 'required' in schema && 'additionalProperties' in schema);
  assert.ok(typeof schema.properties === 'object' && schema.properties !== null);
  assert.deepEqual(schema.required, ['command']);
  assert.deepEqual(schema.additionalProperties, { not: {} });
  assert.deepEqual(Object.keys(schema.properties), [
    'command',
    'args',
    'work_dir',
    'oom_score_adj',
    'cgroup_v1_override',
    'cgroup_v2_override',
    'denied_envvars',
    'limits',
    'stop',
  ]);
});
