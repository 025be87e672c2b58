// The walk of a new user, in a real terminal: a service, looked at, logged, entered, and stopped, over the death of its agent.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cleanUp } from '../helpers/clean-up.ts';
import { cliFile } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import { keeperFolder } from '../helpers/keeper-folder.ts';

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch (error) {
    // In CI it is there: .ci/run brings it.
    if (process.env['CI'] === 'true') throw error;
    return false;
  }
}

/** A window of tmux with a shell in it; gone with the test. */
class Window {
  readonly #socket: string;

  constructor(t: TestContext, folder: string, env: Readonly<Record<string, string>>) {
    this.#socket = join(folder, 'tmux.sock');
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      '150',
      '-y',
      '50',
      '-c',
      folder,
      'env',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      'bash',
      '--norc',
      '--noprofile',
    );
    cleanUp(t, () => {
      this.#tmux('kill-server');
    });
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }

  keys(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  type(line: string): void {
    this.#tmux('send-keys', '-l', line);
    this.keys('Enter');
  }

  clear(): void {
    this.keys('C-l');
    this.#tmux('clear-history');
  }

  /** Waits until the screen is so. @returns what it shows */
  async shows(pattern: RegExp): Promise<string> {
    let seen = '';
    await eventually(`${pattern} on the screen`, () => {
      seen = this.#tmux('capture-pane', '-p', '-J', '-S', '-');
      return pattern.test(seen) || undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows\n${seen}`);
    });
    return seen;
  }
}

test('a new user runs a service, looks at it, enters it, and stops it, while its agent is killed', async (t) => {
  if (!hasTmux()) {
    t.skip('tmux is not installed');
    return;
  }
  const folder = dirname(keeperFolder(t));
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const command = `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`;
  writeFileSync(join(programs, 'raw-exec'), command, { mode: 0o755 });
  const window = new Window(t, folder, {
    PATH: `${programs}:/usr/bin:/bin`,
    RAW_EXEC_STATE_DIR: folder,
    RAW_EXEC_SOCKET: join(folder, 'agent.sock'),
  });
  await window.shows(/^bash-[\d.]+[#$] ?$/m);

  window.type('raw-exec init --service && raw-exec init --agent');
  await window.shows(/^agent\.hcl: written\. Run it: {2}raw-exec agent --config agent\.hcl$/m);
  window.type('raw-exec agent --config agent.hcl 2> agent.log & agent=$!');
  window.type('until raw-exec status; do sleep 0.1; done');
  await window.shows(/^No jobs\. Run one by `raw-exec run FILE`\.$/m);

  window.type('raw-exec run service.nomad.hcl');
  await window.shows(/^allocation [0-9a-f]{8} \(clock\.clock\[0\]\): running$/m);
  window.clear();
  window.type('raw-exec status clock');
  const status = await window.shows(/^[0-9a-f]{8} +clock +0 +run +running /m);
  const [id = ''] = /^[0-9a-f]{8}(?= +clock +0)/m.exec(status) ?? [];

  window.type('raw-exec logs -f clock');
  await window.shows(/^\d\d:\d\d:\d\d$/m);
  window.keys('C-c');

  window.type('raw-exec exec -it clock sh');
  await window.shows(/^# /m);
  window.type('echo "inside $NOMAD_JOB_NAME, $(tty | grep -c pts)"; exit');
  await window.shows(/^inside clock, 1$/m);

  window.clear();
  window.type('kill -9 $agent; wait $agent; raw-exec status');
  await window.shows(
    /^raw-exec status: cannot ask the agent at .*nobody serves it\. Start an agent by `raw-exec agent`/m,
  );
  window.type('raw-exec agent --config agent.hcl 2>> agent.log & agent=$!');
  window.type('until raw-exec status clock; do sleep 0.1; done');
  // The same allocation, and nothing was started again.
  await window.shows(new RegExp(`^${id} +clock +0 +run +running `, 'm'));
  window.clear();
  window.type(`raw-exec events ${id}`);
  const events = await window.shows(/Started: Started\n(?:.*\n)*bash-[\d.]+[#$] ?$/m);
  assert.equal(events.split('Started: Started').length, 2, 'it was started once');

  window.type('raw-exec stop --purge clock');
  await window.shows(/^job clock is stopped$/m);
  window.type('raw-exec logs clock; raw-exec status');
  await window.shows(/^raw-exec logs: there is no job and no allocation "clock"/m);
  window.type('kill $agent; wait $agent; echo ended=$?');
  await window.shows(/^ended=0$/m);
});
