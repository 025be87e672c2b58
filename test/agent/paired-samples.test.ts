// Which two samples a share of time is made of, whoever asks and how often.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PairedSamples } from '../../src/agent/metrics/paired-samples.ts';

test('who asks for the first time gets two samples, and who asks next one more', async () => {
  let taken = 0;
  const samples = new PairedSamples(() => {
    taken += 1;
    return Promise.resolve(taken);
  });
  const first = await samples.pair('a');
  assert.deepEqual([first?.before.sample, first?.after.sample], [1, 2]);
  assert.ok(first && first.after.atMs - first.before.atMs >= 100);
  const second = await samples.pair('a');
  assert.deepEqual([second?.before.sample, second?.after.sample], [1, 3]);
  samples.forget('a');
  const third = await samples.pair('a');
  assert.deepEqual([third?.before.sample, third?.after.sample], [4, 5]);
});

test('two who ask at once both get samples that are some time apart', async () => {
  let taken = 0;
  const samples = new PairedSamples(() => {
    taken += 1;
    return Promise.resolve(taken);
  });
  const pairs = await Promise.all([samples.pair('a'), samples.pair('a')]);
  for (const pair of pairs) assert.ok(pair && pair.after.atMs - pair.before.atMs >= 100);
});

test('what has gone has no samples, also when it goes between the two', async () => {
  const answers: (number | undefined)[] = [undefined, 1, undefined];
  const samples = new PairedSamples(() => Promise.resolve(answers.shift()));
  assert.equal(await samples.pair('a'), undefined);
  assert.equal(await samples.pair('a'), undefined);
});
