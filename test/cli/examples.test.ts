// Every example is run: one that nobody runs goes stale.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { type CliResult, runCli } from '../helpers/command-line.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const folder = join(repoRoot, 'examples');
const tried = new Set<string>();

function example(name: string): string {
  tried.add(name);
  return join(folder, name);
}

async function runWell(name: string, ...args: readonly string[]): Promise<CliResult> {
  const result = await runCli(['run', ...args, example(name)]);
  assert.equal(result.code, 0, result.stderr);
  assert.doesNotMatch(result.stderr, /warning/);
  return result;
}

test('hello greets the world, or whom it is told to', async () => {
  const { stdout } = await runWell('hello.nomad.hcl');
  assert.match(stdout, /^\[greeter\] Hello, world!$/m);
  assert.match(stdout, /^\[teller\] {2}I am task teller of group hello on linux\//m);
  assert.match((await runWell('hello.nomad.hcl', '-var', 'name=you')).stdout, /Hallo, you!/);
});

test('host-binary passes arguments and environment to a program of the host', async () => {
  assert.equal((await runWell('host-binary.nomad.hcl')).stdout, '[awk] 42 apples\n');
});

test('relative-binary runs what an earlier task has put into local/', async () => {
  const { stdout } = await runWell('relative-binary.nomad.hcl');
  assert.match(
    stdout,
    /^\[install\] installed\n\[use\] {5}I am .*\/use\/local\/bin\/tool, called with: --output .*\/alloc\/data\/result\n$/,
  );
});

test('oom-score-adj gives the task its score', async () => {
  assert.equal((await runWell('oom-score-adj.nomad.hcl')).stdout, '[volunteer] my score is 500\n');
});

test('two-groups ends the sidecar with its leader, and cleans up after each copy', async () => {
  const { stdout } = await runWell('two-groups.nomad.hcl');
  assert.match(stdout, /^\[led\/watch\] {6}my leader has ended$/m);
  assert.match(stdout, /^\[copies\.0\/read\] {2}copy 0 of examples$/m);
  assert.match(stdout, /^\[copies\.1\/read\] {2}copy 1 of examples$/m);
});

test('cgroup-override runs the task in the group that was made for it', async (t) => {
  const name = example('cgroup-override.nomad.hcl');
  const group = makeGroup(t);
  if (group === undefined) return;
  const { stdout, stderr, code } = await runCli(['run', '--var', `cgroup=${group.path}`, name]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^\\[where\\] 0::.*/${group.name}$`, 'm'));
});

test('no example is left out', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.hcl'));
  assert.deepEqual(files.sort(), [...tried].sort());
});
