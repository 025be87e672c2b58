// Many processes at once, and many one after another.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { spawn } from '../../src/process/spawn.ts';
import { children, guardAgainstLeaks, openDescriptors } from '../helpers/leak-guard.ts';
import { fewer } from '../helpers/slowness.ts';

guardAgainstLeaks();

test('2,000 processes that end at once are all seen, each with its own code', async (t) => {
  const count = fewer(2000);
  const nofile = Number(
    /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1],
  );
  if (nofile < count + 200) {
    t.skip(`this process may have only ${nofile} open files`);
    return;
  }
  // All wait for the same descriptor: closing our end of the pipe lets them go together.
  const gate = spawn('/bin/cat', [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = Array.from({ length: count }, (_, index) =>
    spawn('/bin/sh', ['-c', `read x; exit ${index % 256}`], {
      stdio: [gate.stdout ?? 'closed', 'ignore', 'inherit'],
    }),
  );
  const order: number[] = [];
  for (const child of waiting) child.on('exit', () => order.push(child.pid));
  gate.stdin?.end();
  const codes = (await Promise.all(waiting.map((child) => child.exited))).map(({ code }) => code);
  assert.deepEqual(
    codes,
    waiting.map((_, index) => index % 256),
  );
  assert.equal(new Set(order).size, count);
  gate.stdout?.destroy();
  await gate.exited;
});

test('a listener that starts the next process while others of the same moment wait for their notice takes none from them', async () => {
  const wanted = Math.max(100, fewer(500));
  const seen = new Set<number>();
  let started = 0;
  await new Promise<void>((resolve) => {
    const next = (): void => {
      started += 1;
      const child = spawn('/bin/true', [], { stdio: 'ignore' });
      child.on('exit', () => {
        seen.add(child.pid);
        if (started < wanted) next();
        else if (seen.size === wanted) resolve();
      });
    };
    for (let lane = 0; lane < 64; lane += 1) next();
  });
  assert.equal(seen.size, wanted);
});

function residentBytes(): number {
  return process.memoryUsage.rss();
}

test('20,000 starts leave no descriptor, no zombie and no memory', async () => {
  const round = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 20) {
      const batch = Array.from({ length: 20 }, (_, index) =>
        spawn('/bin/true', ['x'], index % 4 === 0 ? {} : { stdio: 'ignore' }),
      );
      await Promise.all(batch.map((child) => child.exited));
    }
  };
  await round(fewer(4000));
  const descriptors = openDescriptors().length;
  const memory = residentBytes();
  await round(fewer(16_000));
  assert.deepEqual(children(), []);
  assert.equal(openDescriptors().length, descriptors);
  // A leak of one kilobyte each would be 16 MB; the collector's own movements stay below half of that.
  const grown = residentBytes() - memory;
  assert.ok(grown < 30_000_000, `${grown} bytes more`);
});

test('500 failed starts leave nothing either', () => {
  const descriptors = openDescriptors().length;
  for (let count = 0; count < fewer(500); count++) {
    assert.throws(() => spawn('/no/such/tool'), { code: 'ERR_COMMAND_NOT_FOUND' });
    assert.throws(() => spawn('/bin/true', [], { cwd: '/no/such/folder' }), { code: 'ERR_CWD' });
  }
  assert.equal(openDescriptors().length, descriptors);
  assert.deepEqual(children(), []);
});
