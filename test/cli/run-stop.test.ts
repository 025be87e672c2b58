// How a run is ended by signals.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliFile, startCli } from '../helpers/command-line.ts';
import { jobFile, jobOf, shellTask, taskGroup } from '../helpers/job-file.ts';
import { Terminal } from '../helpers/terminal.ts';

const obedient = "trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.05; done";
const stubborn = "trap '' INT TERM; echo ready; while :; do sleep 0.05; done";

test('Ctrl-C asks the tasks to end by their kill signals; raw-exec ends by SIGINT', async (t) => {
  const file = await jobOf(t, shellTask('task', obedient));
  await using terminal = new Terminal(process.execPath, [cliFile, 'run', file]);
  await terminal.until('ready');
  terminal.type('\u0003');
  await terminal.until('SIGINT: asking all tasks to end; once more ends them at once');
  await terminal.until('bye');
  await terminal.until('exited with code 0');
  assert.equal((await terminal.end()).signal, 'SIGINT');
});

test('a second Ctrl-C ends tasks at once that do not want to', async (t) => {
  const file = await jobOf(t, shellTask('task', stubborn, { KillTimeout: 3_600_000_000_000 }));
  await using terminal = new Terminal(process.execPath, [cliFile, 'run', file]);
  await terminal.until('ready');
  terminal.type('\u0003');
  await terminal.until('once more ends them at once');
  // So soon a second one counts as the same: the third comes when that time is over, however slow the machine.
  const typing = setInterval(() => terminal.type('\u0003'), 100);
  await terminal.until('ending all tasks at once').finally(() => clearInterval(typing));
  await terminal.until('ended by SIGKILL');
  assert.equal((await terminal.end()).signal, 'SIGINT');
});

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} stops the run, poststop tasks included, and ends raw-exec`, async (t) => {
    const file = await jobFile(t, [
      taskGroup('group', [
        shellTask('main', obedient),
        shellTask('after', 'echo cleaned', { Lifecycle: { Hook: 'poststop' } }),
      ]),
    ]);
    const child = startCli(['run', file]);
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (output === '') child.kill(signal);
      output += text;
    });
    child.stderr?.resume();
    const ended = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
    assert.equal(ended, signal);
    assert.equal(output, '[main]  ready\n[main]  bye\n[after] cleaned\n');
  });
}

test('a task that outlasts its kill_timeout gets SIGKILL', async (t) => {
  const file = await jobOf(t, shellTask('task', stubborn, { KillTimeout: 200_000_000 }));
  const child = startCli(['run', file]);
  let errors = '';
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  assert.match(errors, /^raw-exec: task {2}ended by SIGKILL after [0-9.]+s, as you asked$/m);
});

test('in a terminal the names are coloured; with NO_COLOR they are not', async (t) => {
  const file = await jobOf(t, shellTask('task', 'echo line'));
  {
    const env = { ...process.env, TERM: 'xterm', NO_COLOR: undefined };
    await using terminal = new Terminal(process.execPath, [cliFile, 'run', file], { env });
    await terminal.end();
    assert.ok(terminal.screen.includes('\u001b[0;36m[task]\u001b[0m line\r\n'));
    assert.ok(terminal.screen.includes('\u001b[32mexited with code 0'));
  }
  const env = { ...process.env, TERM: 'xterm', NO_COLOR: '1' };
  await using terminal = new Terminal(process.execPath, [cliFile, 'run', file], { env });
  await terminal.end();
  assert.match(terminal.screen, /^\[task\] line\r\n/);
  assert.ok(!terminal.screen.includes('\u001b'));
});
