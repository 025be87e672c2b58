import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../helpers/command-line.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const { version } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8'));

const commands = ['init', 'run', 'fs', 'stats', 'validate', 'spawn', 'keeper', 'doctor', 'schema'];

for (const flag of ['--version', '-V']) {
  test(`${flag} prints the version of the package`, async () => {
    const { stdout, stderr, code } = await runCli([flag]);
    assert.deepEqual({ stdout, stderr, code }, { stdout: `${version}\n`, stderr: '', code: 0 });
  });
}

test('--help lists the commands', async () => {
  const { stdout, code } = await runCli(['--help']);
  assert.equal(code, 0);
  for (const command of commands) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
});

for (const command of commands) {
  test(`help of ${command} is the same by help, by --help and by -h`, async () => {
    const { stdout, code } = await runCli(['help', command]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: raw-exec ${command} `));
    assert.match(stdout, /Examples:/);
    assert.equal((await runCli([command, '--help'])).stdout, stdout);
    assert.equal((await runCli([command, '-h'])).stdout, stdout);
  });
}

test('without a command the help is shown as an error', async () => {
  const { stdout, stderr, code } = await runCli([]);
  assert.equal(stdout, '');
  assert.match(stderr, /^Usage: raw-exec /);
  assert.equal(code, 2);
});

const wrong: readonly [string, readonly string[], string, number][] = [
  [
    'an unknown command',
    ['rnu'],
    "raw-exec: unknown command 'rnu' (Did you mean run?). See raw-exec --help.\n",
    2,
  ],
  [
    'the help of an unknown command',
    ['help', 'rnu'],
    "raw-exec: unknown command 'rnu' (Did you mean run?). See raw-exec --help.\n",
    2,
  ],
  [
    'an unknown option of run',
    ['run', '--kep', 'x'],
    "raw-exec run: unknown option '--kep' (Did you mean --keep?). See raw-exec run --help.\n",
    2,
  ],
  [
    'an unknown option of validate',
    ['validate', '--jsn', 'x'],
    "raw-exec validate: unknown option '--jsn' (Did you mean --json?). See raw-exec validate --help.\n",
    2,
  ],
  [
    'an unknown option of spawn',
    ['spawn', '--nise', '1', 'true'],
    "raw-exec spawn: unknown option '--nise' (Did you mean --nice?). See raw-exec spawn --help.\n",
    125,
  ],
  [
    'a missing file',
    ['run'],
    "raw-exec run: missing required argument 'file'. See raw-exec run --help.\n",
    2,
  ],
  [
    'a missing program',
    ['spawn'],
    "raw-exec spawn: missing required argument 'command'. See raw-exec spawn --help.\n",
    125,
  ],
  [
    'one file too many',
    ['run', 'a', 'b'],
    "raw-exec run: too many arguments for 'run'. Expected 1 argument but got 2. See raw-exec run --help.\n",
    2,
  ],
];

for (const [what, args, message, exitCode] of wrong) {
  test(`${what} is told in one line, with what to do`, async () => {
    const { stdout, stderr, code } = await runCli(args);
    assert.deepEqual({ stdout, stderr, code }, { stdout: '', stderr: message, code: exitCode });
  });
}
