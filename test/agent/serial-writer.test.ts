import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../src/agent/deferred.ts';
import { SerialWriter } from '../../src/agent/state/serial-writer.ts';

test('while a file is written, what comes for it is written once, as it is then', async () => {
  const written: (string | undefined)[] = [];
  const gate = deferred<void>();
  const writer = new SerialWriter(async (_path, text) => {
    written.push(text);
    await gate.promise;
  });
  let state = 'first';
  const text = (): string => state;
  const all = [writer.write('a', text, 'written')];
  for (const next of ['second', 'third', 'fourth']) {
    state = next;
    all.push(writer.write('a', text, 'written'));
  }
  gate.resolve();
  await Promise.all(all);
  assert.deepEqual(written, ['first', 'fourth']);
  await writer.remove('a');
  assert.equal(written.at(-1), undefined);
  assert.equal(written.length, 3);
});

test('a write that fails is told to who asked for it, and the next one is tried', async () => {
  let count = 0;
  const writer = new SerialWriter(() => {
    count += 1;
    return count === 1 ? Promise.reject(new Error('full')) : Promise.resolve();
  });
  const first = writer.write('a', () => '1', 'written');
  const second = writer.write('a', () => '2', 'synced');
  await assert.rejects(first, /full/);
  await second;
  await writer.flush();
  assert.equal(count, 2);
});

test('files do not wait for each other', async () => {
  const gate = deferred<void>();
  const writer = new SerialWriter((path) => (path === 'slow' ? gate.promise : Promise.resolve()));
  const slow = writer.write('slow', () => '', 'written');
  await writer.write('fast', () => '', 'written');
  gate.resolve();
  await slow;
});
