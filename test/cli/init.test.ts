// `raw-exec init` and `raw-exec schema`: what they give is what the other commands take.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readAgentConfig } from '../../src/agent/agent-config.ts';
import { runCli } from '../helpers/command-line.ts';
import { temporaryDirectory } from '../helpers/job-file.ts';
import { repoRoot } from '../helpers/repo-root.ts';

for (const flags of [[], ['--short']]) {
  test(`the job that init ${flags.join()} writes has no problem, and runs`, async (t) => {
    const cwd = await temporaryDirectory(t);
    const written = await runCli(['init', ...flags, 'first.hcl'], { cwd });
    assert.deepEqual(
      [written.code, written.stdout],
      [0, 'first.hcl: written. Run it:  raw-exec run first.hcl\n'],
    );
    const validated = await runCli(['validate', 'first.hcl'], { cwd });
    assert.deepEqual([validated.stdout, validated.stderr], ['first.hcl: valid\n', '']);
    const { code, stdout, stderr } = await runCli(['run', '-var', 'greeting=Hi', 'first.hcl'], {
      cwd,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\[work\] +Hi from example\/work$/m);
    assert.match(stdout, /^\[work\] +the state is: prepared$/m);
    assert.match(stdout, /^\[work\] +my port is \d+$/m);
    const text = await readFile(join(cwd, 'first.hcl'), 'utf8');
    assert.equal(text.includes('#'), flags.length === 0);
    assert.ok(!text.includes('example.nomad.hcl'));
  });
}

test('init without a name writes example.nomad.hcl, and - is standard output', async (t) => {
  const cwd = await temporaryDirectory(t);
  assert.equal((await runCli(['init'], { cwd })).code, 0);
  const text = await readFile(join(cwd, 'example.nomad.hcl'), 'utf8');
  assert.equal((await runCli(['init', '-'], { cwd })).stdout, text);
});

test('init --service writes a job and --agent the configuration of who looks after it', async (t) => {
  const cwd = await temporaryDirectory(t);
  for (const flags of [[], ['--short']]) {
    const service = await runCli(['init', '--service', ...flags, '-'], { cwd });
    const checked = await runCli(['validate', '-'], { cwd, input: service.stdout });
    assert.deepEqual([checked.stdout, checked.stderr], ['-: valid\n', '']);
    const agent = await runCli(['init', '--agent', ...flags, '-'], { cwd });
    const { config, diagnostics } = readAgentConfig(agent.stdout, 'agent.hcl');
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(config?.driver, { enabled: true });
  }
  const written = await runCli(['init', '--service'], { cwd });
  assert.equal(
    written.stdout,
    'service.nomad.hcl: written. Run it:  raw-exec run service.nomad.hcl\n',
  );
  const both = await runCli(['init', '--service', '--agent'], { cwd });
  assert.equal(both.code, 2);
  assert.match(both.stderr, /cannot be used with/);
});

test('init writes over nothing, and tells what it cannot write', async (t) => {
  const cwd = await temporaryDirectory(t);
  const path = join(cwd, 'job.hcl');
  await writeFile(path, 'mine');
  const again = await runCli(['init', 'job.hcl'], { cwd });
  assert.equal(again.code, 1);
  assert.equal(
    again.stderr,
    'raw-exec init: job.hcl is there already, and stays as it is. Name another file, or remove it.\n',
  );
  assert.equal(await readFile(path, 'utf8'), 'mine');
  const nowhere = await runCli(['init', 'none/job.hcl'], { cwd });
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /^raw-exec init: cannot write none\/job\.hcl: ENOENT.*\n$/);
});

test('schema prints what lies in the package', async () => {
  for (const [args, name] of [
    [[], 'task-config'],
    [['task-config'], 'task-config'],
    [['plugin-config'], 'plugin-config'],
  ] as const) {
    const { stdout, code } = await runCli(['schema', ...args]);
    const file = join(repoRoot, 'schemas', `${name}.schema.json`);
    assert.deepEqual([code, stdout], [0, await readFile(file, 'utf8')]);
  }
});

test('schema knows its names', async () => {
  const { stderr, code } = await runCli(['schema', 'task']);
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are task-config, plugin-config/);
});
