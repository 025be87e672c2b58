import assert from 'node:assert/strict';
import { keptTasks } from '../helpers/kept-tasks.ts';
import { keptTest } from '../helpers/kept-test.ts';
import { fewer } from '../helpers/slowness.ts';

keptTest(
  'Any number of tasks may be started at once: the keeper gets as many as it takes.',
  async (t) => {
    const { driver, startWith } = await keptTasks(t);
    const ids = Array.from({ length: fewer(300) }, (_, at) => `many-${at}`);
    await Promise.all(ids.map((id) => startWith(id, [])));
    const exits = await Promise.all(ids.map((id) => driver.waitTask(id)));
    assert.ok(exits.every(({ exitCode }) => exitCode === 0));
  },
);
