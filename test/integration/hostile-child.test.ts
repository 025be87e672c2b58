// A child that does what it can to stay: it ignores SIGTERM, starts a grandchild, closes its stdio, changes its group.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { spawn } from '../../src/process/spawn.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { fixture } from '../helpers/library.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

guardAgainstLeaks();

test('it is stopped by the ladder, its end is seen, and its group goes with it', async (t) => {
  const folder = temporaryFolder(t);
  const child = spawn('/bin/sh', [fixture('hostile.sh'), folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
    processGroup: 'new',
    killGroupAtExit: true,
  });
  await eventually('the child has settled', () => existsSync(`${folder}/ready`) || undefined);
  const grandchild = readFileSync(`${folder}/grandchild`, 'utf8').trim();
  const { status, steps } = await child.stop({ steps: [{ graceMs: 50, to: 'group' }] });
  assert.equal(status?.signal, 'SIGKILL');
  assert.deepEqual(
    steps.map(({ signal, hasEnded }) => [signal, hasEnded]),
    [
      ['SIGTERM', false],
      ['SIGKILL', true],
    ],
  );
  await untilEnded(grandchild);
});

test('closed streams of a living child end for us without ending the child', async (t) => {
  const folder = temporaryFolder(t);
  const child = spawn('/bin/sh', [fixture('hostile.sh'), folder], {
    processGroup: 'new',
    killGroupAtExit: true,
  });
  let ended = 0;
  child.stdout?.on('end', () => (ended += 1)).resume();
  child.stderr?.on('end', () => (ended += 1)).resume();
  await eventually('both streams have ended', () => ended === 2 || undefined);
  assert.equal(child.kill(0), true);
  child.kill('SIGKILL');
  assert.equal((await child.exited).signal, 'SIGKILL');
});

test('a child that leaves its group is reached all the same, by its own pidfd', async (t) => {
  const folder = temporaryFolder(t);
  // setsid(1) forks only when it leads a group: here it does not, so the pid stays and the group changes.
  const child = spawn('setsid', ['sh', fixture('hostile.sh'), folder], { stdio: 'ignore' });
  await eventually('the child has settled', () => existsSync(`${folder}/ready`) || undefined);
  const grandchild = readFileSync(`${folder}/grandchild`, 'utf8').trim();
  t.after(async () => {
    // It is in a group that nobody gave us: it goes by the file that it watches.
    await untilEnded(grandchild);
  });
  const { status } = await child.stop({ steps: [{ graceMs: 20 }] });
  assert.equal(status?.signal, 'SIGKILL');
});
