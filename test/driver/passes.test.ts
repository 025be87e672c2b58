import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passes } from '../../src/driver/passes.ts';

test('A pause that is longer than a timer takes is not over at once, and a signal ends it.', async () => {
  const stop = new AbortController();
  const long = passes(2 ** 32, stop.signal);
  const first = await Promise.race([
    long.then(() => 'long'),
    passes(20, stop.signal).then(() => 'short'),
  ]);
  assert.equal(first, 'short');
  stop.abort();
  assert.equal(await long, false);
});
