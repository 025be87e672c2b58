// The pump of a task's output: it ends with the stream, and holds the program no longer than that.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { pumpOutput } from '../../src/agent/output-pump.ts';

function collector(): { text: () => string; sink: Parameters<typeof pumpOutput>[2] } {
  const chunks: Buffer[] = [];
  return {
    text: () => Buffer.concat(chunks).toString(),
    sink: {
      write: (chunk) => {
        chunks.push(chunk);
        return Promise.resolve();
      },
      logFailed: (error) => assert.fail(String(error)),
    },
  };
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('a stream that ends before its task is told to have ended leaves no timer behind', async () => {
  const { text, sink } = collector();
  const stream = new PassThrough();
  let end: (value?: unknown) => void = () => undefined;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  const before = timers();
  const pump = pumpOutput(stream, undefined, sink, ended);
  stream.end('all of it');
  await pump;
  end();
  await ended;
  assert.equal(timers(), before);
  assert.equal(text(), 'all of it');
});

test('a stream that somebody still holds after the end of the task is waited for only shortly', async () => {
  const { text, sink } = collector();
  const stream = new PassThrough();
  const pump = pumpOutput(stream, undefined, sink, Promise.resolve());
  stream.write('late');
  await pump;
  assert.equal(text(), 'late');
  assert.ok(stream.destroyed);
});
