import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../src/agent/deferred.ts';
import { type FileChange, GroupWriter } from '../../src/agent/state/group-writer.ts';

test('while files are written, what comes is written once, as it is then, and together', async () => {
  const groups: (readonly FileChange[])[] = [];
  const gate = deferred<void>();
  const writer = new GroupWriter(async (changes) => {
    groups.push(changes);
    await gate.promise;
    return changes.map(() => undefined);
  });
  let state = 'first';
  const text = (): string => state;
  const first = writer.write('a', text);
  // The turn is over, and the first write under way.
  await new Promise(setImmediate);
  const later = ['second', 'third', 'fourth'].map((next) => {
    state = next;
    return writer.write('a', text);
  });
  const other = writer.write('b', () => 'other');
  assert.equal(groups.length, 1);
  gate.resolve();
  await Promise.all([first, ...later, other]);
  assert.deepEqual(groups, [
    [{ path: 'a', text: 'first' }],
    [
      { path: 'a', text: 'fourth' },
      { path: 'b', text: 'other' },
    ],
  ]);
  await writer.remove('a');
  assert.deepEqual(groups.at(-1), [{ path: 'a', text: undefined }]);
});

test('what one turn asks for is one group', async () => {
  const sizes: number[] = [];
  const writer = new GroupWriter((changes) => {
    sizes.push(changes.length);
    return Promise.resolve(changes.map(() => undefined));
  });
  void writer.write('a', () => '');
  void writer.write('b', () => '');
  await writer.flush();
  assert.deepEqual(sizes, [2]);
});

test('a write that fails is told to who asked for it alone, and the next one is tried', async () => {
  let count = 0;
  const writer = new GroupWriter((changes) => {
    count += 1;
    const isFirst = count === 1;
    return Promise.resolve(
      changes.map(({ path }) => (isFirst && path === 'a' ? new Error('full') : undefined)),
    );
  });
  const [first, beside] = [writer.write('a', () => '1'), writer.write('b', () => '1')];
  await assert.rejects(first, /full/);
  await beside;
  await writer.write('a', () => '2');
  await writer.flush();
  assert.equal(count, 2);
});
