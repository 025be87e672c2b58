// The driver plugin, as a Nomad client starts and asks it: a program in Go over the library that Nomad's clients use (go-plugin), with
// blocks decoded and encoded as they do it. Each scenario has a plugin and a keeper of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { cliFile } from '../helpers/command-line.ts';
import { buildGoProgram } from '../helpers/go-program.ts';
import { removeKeeperGroups } from '../helpers/keeper-groups.ts';
import { repoRoot } from '../helpers/repo-root.ts';

const run = promisify(execFile);
/** More than a scenario gives itself: it ends with what it has found before. */
const scenarioLimitMs = 90_000;

/** Of one that has failed: what it expected, and the plugin's log. */
function outputOf(error: unknown): string {
  const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
  return `${stdout ?? ''}${stderr ?? ''}` || String(error);
}

/** They mostly wait: one after the other would take a machine that is busy longer than a test file may. */
const concurrency = 2;

test('the plugin does what a Nomad client expects', { concurrency }, async (t) => {
  const built = await buildGoProgram(t, join(repoRoot, 'test/nomad-plugin/conformance'));
  if ('missing' in built) {
    // In CI it is there: .ci/run has built it before.
    assert.notEqual(process.env['CI'], 'true', built.missing);
    t.skip(built.missing);
    return;
  }
  const { program } = built;
  t.after(removeKeeperGroups);
  const { stdout } = await run(program, ['list']);
  const play = async (scenario: string): Promise<void> => {
    try {
      const args = [scenario, process.execPath, cliFile, 'plugin'];
      await run(program, args, { timeout: scenarioLimitMs });
    } catch (error) {
      assert.fail(outputOf(error));
    }
  };
  const scenarios = stdout.trim().split('\n');
  await Promise.all(scenarios.map((scenario) => t.test(scenario, () => play(scenario))));
});
