// Lists that say the same thing in two places are held against each other.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { native } from '../../../src/native.ts';
import { optionNames } from '../../../src/process/read-options.ts';
import type { SpawnOptions } from '../../../src/process/spawn-options.ts';
import { describedSteps } from '../../../src/process/step-texts.ts';
import { repoRoot } from '../../helpers/repo-root.ts';

/** The compiler refuses this when an option is missing here or does not exist. */
const everyOption: Record<keyof SpawnOptions, true> = {
  argv0: true,
  cgroup: true,
  controllingTerminal: true,
  cpuAffinity: true,
  cwd: true,
  env: true,
  execDeadlineMs: true,
  group: true,
  groups: true,
  killGroupAtExit: true,
  killOnDispose: true,
  killSignal: true,
  networkNamespace: true,
  newSession: true,
  nice: true,
  noNewPrivs: true,
  oomScoreAdj: true,
  parentDeathSignal: true,
  processGroup: true,
  resourceLimits: true,
  signal: true,
  stdio: true,
  timeoutMs: true,
  umask: true,
  user: true,
};

test('the options that are known are the options of the type, and all are documented', () => {
  assert.deepEqual(optionNames, Object.keys(everyOption));
  const page = readFileSync(join(repoRoot, 'docs/spawn.md'), 'utf8');
  for (const name of optionNames) assert.ok(page.includes(`\`${name}\``), name);
});

test('each step of the engine has a text, and is documented', () => {
  assert.deepEqual([...describedSteps].sort(), [...native.spawnSteps].sort());
  const page = readFileSync(join(repoRoot, 'docs/errors.md'), 'utf8');
  for (const step of native.spawnSteps) assert.ok(page.includes(`\`${step}\``), step);
});

test('each code of a failed start is documented', () => {
  const source = readFileSync(join(repoRoot, 'src/errors.ts'), 'utf8');
  const page = readFileSync(join(repoRoot, 'docs/errors.md'), 'utf8');
  const codes = [...source.matchAll(/\| '(ERR_\w+)'/g)].map((match) => match[1] ?? '');
  assert.ok(codes.length > 20);
  for (const code of codes) assert.ok(page.includes(`\`${code}\``), code);
});
