// `raw-exec spawn` in a terminal: one job with its program, as if that had been started by itself.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { cliFile } from '../helpers/command-line.ts';
import { Terminal } from '../helpers/terminal.ts';

const bash = '/bin/bash';
const needsBash = existsSync(bash) ? false : 'needs bash for job control';
/** Says what it reads, and that it goes on after a stop; the sums are there to tell its words from the typed ones. */
const reader = [
  'trap "echo continued: \\$((1))" CONT',
  'echo ready: $((1))',
  'while :; do if read line; then if test "$line" = end; then exit 6; fi; echo "got $line"; fi; done',
].join('; ');
const groups: readonly (readonly string[])[] = [[], ['--process-group', 'new']];

for (const flags of groups) {
  const how = flags.length === 0 ? 'in our group' : 'in a group of its own';
  const spawnArgs = (...command: string[]): string[] => [
    cliFile,
    'spawn',
    ...flags,
    '--',
    ...command,
  ];

  test(`a program ${how} reads from the terminal`, async () => {
    await using terminal = new Terminal(
      process.execPath,
      spawnArgs('sh', '-c', 'echo ready; read line; echo "got $line"'),
    );
    await terminal.until('ready');
    terminal.type('something\r');
    await terminal.until('got something');
    assert.equal((await terminal.end()).code, 0);
  });

  test(`Ctrl-C reaches a program ${how} once`, async () => {
    const script = "trap 'echo interrupted' INT; echo ready; read line; read line; exit 5";
    await using terminal = new Terminal(process.execPath, spawnArgs('sh', '-c', script));
    await terminal.until('ready');
    terminal.type('\u0003');
    await terminal.until('interrupted');
    terminal.type('a\rb\r');
    assert.equal((await terminal.end()).code, 5);
    assert.equal(terminal.screen.match(/interrupted/g)?.length, 1);
  });

  test(`Ctrl-C ends a program ${how}, and raw-exec by the same signal`, async () => {
    await using terminal = new Terminal(
      process.execPath,
      spawnArgs('sh', '-c', 'echo ready; exec sleep 60'),
    );
    await terminal.until('ready');
    terminal.type('\u0003');
    assert.equal((await terminal.end()).signal, 'SIGINT');
  });

  test(`a program ${how} sees the window size change`, async () => {
    const script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done";
    await using terminal = new Terminal(process.execPath, spawnArgs('sh', '-c', script));
    await terminal.until('ready');
    terminal.resize(132, 43);
    await terminal.until('43 132');
    assert.equal((await terminal.end()).code, 0);
  });

  test(`Ctrl-Z stops a program ${how} together with raw-exec, and fg goes on`, {
    skip: needsBash,
  }, async () => {
    const env = { ...process.env, PS1: '$ ', TERM: 'dumb', HISTFILE: '/dev/null' };
    await using terminal = new Terminal(bash, ['--norc', '--noprofile', '-i'], { env });
    await terminal.until('$ ');
    const words = [process.execPath, ...spawnArgs('sh', '-c', reader)];
    terminal.type(`${words.map((word) => `'${word}'`).join(' ')}\r`);
    await terminal.until('ready: 1');
    terminal.type('one\r');
    await terminal.until('got one');
    terminal.type('\u001a');
    await terminal.until('Stopped');
    await terminal.until('$ ');
    // The first character can be lost while the shell takes its terminal back.
    terminal.type(' fg\r');
    // Before that the shell may still have the terminal in its own mode, in which a line has another end.
    await terminal.until('continued: 1');
    terminal.type('two\r');
    await terminal.until('got two');
    terminal.type('end\r');
    await terminal.until('$ ');
    terminal.type('echo "code: $?"\r');
    await terminal.until('code: 6');
    terminal.type('exit\r');
    await terminal.end();
  });
}
