// Starts that wait for ready groups: each gets one of its own, or hears that none can be had.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupMaker, ReadyGroup } from '../../src/cgroup/group-maker.ts';
import { GroupPool, type GroupShape } from '../../src/cgroup/group-pool.ts';
import type { GroupRemover } from '../../src/cgroup/group-remover.ts';
import { noDescriptors } from '../../src/process/own-group.ts';

const shape: GroupShape = { mask: 0, files: [] };

/** A pool over a maker that makes as many groups as it is let, and counts. */
function poolOf(most: number, refillBelow = 2): { pool: GroupPool; asked: number[] } {
  const asked: number[] = [];
  let made = 0;
  const maker: Pick<GroupMaker, 'makeLater'> = {
    makeLater: (_mask, _files, count) => {
      asked.push(count);
      const groups = Array.from({ length: Math.min(count, most - made) }, () => {
        made += 1;
        return { paths: { name: String(made), all: [] }, descriptors: noDescriptors };
      });
      return Promise.resolve(groups as unknown as ReadyGroup[]);
    },
  };
  const remover = { remove: () => Promise.resolve(), flush: () => undefined };
  const pool = new GroupPool(maker as GroupMaker, remover as unknown as GroupRemover, {
    size: 4,
    refillBelow,
  });
  return { pool, asked };
}

test('each of many starts gets a group of its own, made for several at a time', async () => {
  const { pool, asked } = poolOf(Number.POSITIVE_INFINITY);
  const groups = await Promise.all(Array.from({ length: 50 }, () => pool.takeLater(shape)));
  const names = groups.map((group) => group?.paths.name);
  assert.equal(new Set(names).size, 50);
  assert.ok(!names.includes(undefined));
  assert.ok(asked.length < 10, `${asked.length} rounds`);
  assert.ok(Math.max(...asked) <= 20, 'nobody waits for very many');
});

test('a start that waits is served by a pool that keeps nothing ready by itself, too', async () => {
  const { pool } = poolOf(Number.POSITIVE_INFINITY, 0);
  assert.ok((await pool.takeLater(shape)) !== undefined);
});

test('who waits for what cannot be made is told so, and so is who waits when the pool is closed', async () => {
  const { pool } = poolOf(3);
  const groups = await Promise.all(Array.from({ length: 10 }, () => pool.takeLater(shape)));
  assert.equal(groups.filter((group) => group !== undefined).length, 3);
  const late = pool.takeLater(shape);
  await pool.close();
  assert.equal(await late, undefined);
  assert.equal(await pool.takeLater(shape), undefined);
});
