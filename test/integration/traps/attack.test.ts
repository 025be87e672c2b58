// A user attacks the children that are about to become his own: with shared memory this gave him the supervisor's.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { run } from '../../../src/process/run.ts';
import { forkerName, forkerPid } from '../../helpers/forker.ts';
import { fixture } from '../../helpers/library.ts';
import { runProgram } from '../../helpers/node-program.ts';
import { slowness } from '../../helpers/slowness.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root to start a program as another user';
const attackSeconds = 3 * slowness;
/** A user of this test's own: whatever else runs as nobody, by a forker too, is not attacked. */
const victim = 54_321;

test('a supervisor survives a user who attacks its children before they are his', {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  const attacker = join(folder, 'attacker');
  execFileSync('cc', ['-O1', '-o', attacker, fixture('traps/attacker.c')]);
  chmodSync(attacker, 0o755);
  // The forker is linked to a fixed address, where the programs that it starts have nothing: a write that goes through there
  // went into a child before its execve.
  await run('true', [], { user: victim, group: victim, groups: [] });
  const forker = forkerPid();
  assert.ok(forker !== undefined);
  const writable = /^([0-9a-f]+)-[0-9a-f]+ rw-p/m.exec(
    readFileSync(`/proc/${forker}/maps`, 'utf8'),
  );
  assert.ok(writable?.[1] !== undefined);
  const attack = spawn(attacker, [String(attackSeconds), forkerName, writable[1]], {
    uid: victim,
    gid: victim,
  });
  const told = text(attack.stdout);
  const supervisor = await runProgram('traps/user-changer.mjs', [
    String((attackSeconds - 1) * 1000),
    String(victim),
  ]);
  const [signals, writes] = (await told).trim().split(' ').map(Number);
  assert.equal(supervisor.stderr, '');
  assert.equal(supervisor.code, 0, 'it was neither killed nor stopped');
  const counts = JSON.parse(supervisor.stdout) as { ended: number }[];
  assert.equal(counts.length, 2);
  for (const { ended } of counts) assert.ok(ended > 0, 'starts went on under attack');
  assert.ok(Number(signals) > 0, 'the attack met children before their execve');
  assert.equal(writes, 0, 'no memory of a child before execve could be written');
});
