// A parent with many descriptors: the child gets none of them, and what it needs is moved to low slots and back.

import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { run } from '../../../src/process/run.ts';
import { guardAgainstLeaks } from '../../helpers/leak-guard.ts';

guardAgainstLeaks();

const held: number[] = [];
before(() => {
  for (let i = 0; i < 3000; i++) held.push(openSync('/etc/hostname', 'r'));
});
after(() => {
  for (const fd of held) closeSync(fd);
});

test('a child has exactly the descriptors of its plan', async () => {
  const { stdout } = await run('sh', ['-c', 'echo /proc/$$/fd/*']);
  assert.deepEqual(
    stdout
      .trim()
      .split(' ')
      .map((path) => path.split('/').at(-1)),
    ['0', '1', '2'],
  );
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
  const { stdout } = await run('sh', ['-c', 'readlink /proc/self/fd/5'], {
    stdio: ['ignore', 'pipe', 'pipe', 'closed', 'closed', high],
  });
  assert.equal(stdout, '/etc/hostname\n');
});
