// A parent with many descriptors: the child gets none of them, and what it needs is moved to low slots and back.

import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { run } from '../../../src/process/run.ts';
import { spawn } from '../../../src/process/spawn.ts';

const held: number[] = [];
before(() => {
  for (let i = 0; i < 3000; i++) held.push(openSync('/etc/hostname', 'r'));
});
after(() => {
  for (const fd of held) closeSync(fd);
});

test('a child has exactly the descriptors of its plan', async () => {
  // `true` at the end keeps the shell from becoming ls, which has the folder open.
  const { stdout } = await run('sh', ['-c', 'ls /proc/$$/fd; true']);
  assert.equal(stdout, '0\n1\n2\n');
});

test('the end of a pipe is seen by the child and by us: no copy stays behind in a slot', async () => {
  const input = 'a line\n'.repeat(10_000);
  for (let round = 0; round < 20; round++) {
    const { stdout } = await run('cat', [], { input });
    assert.equal(stdout.length, input.length);
  }
});

test('a descriptor far up the table arrives in its slot', async () => {
  const high = held.at(-1) ?? 0;
  assert.ok(high > 2000);
  const child = spawn('sh', ['-c', 'readlink /proc/self/fd/5'], {
    stdio: ['ignore', 'pipe', 'inherit', 'closed', 'closed', high],
  });
  assert.ok(child.stdout !== null);
  assert.equal(await text(child.stdout), '/etc/hostname\n');
  await child.exited;
});
