// Limits that were changed while the task ran: a later supervisor must know all of them, not only those of the start.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { findTaskPlace, releaseTaskPlace } from '../../src/cgroup/task-place.ts';
import { attachmentOf } from '../../src/driver/kept-wish.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { TaskPlan } from '../../src/driver/task-host.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { keeperFolder } from '../helpers/keeper-folder.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const place = await findTaskPlace();
if (!('none' in place)) await releaseTaskPlace(place);
const skip =
  'none' in place
    ? `tasks of the keeper need groups: ${place.none}`
    : place.controllers.includes('memory')
      ? false
      : 'no memory controller';

const id = 'alloc/limited/1';
const mib = 2 ** 20;

test('A later supervisor shows the limits as they were changed, and can change them again.', {
  skip,
}, async (t) => {
  const stateDirectory = keeperFolder(t);
  const taskDir = temporaryFolder(t);
  const open = (): Promise<RawExecDriver> =>
    RawExecDriver.create({ config: { enabled: true }, keeper: { stateDirectory } });
  const limitsOf = async (driver: RawExecDriver): Promise<Record<string, string | undefined>> =>
    Object.fromEntries(
      ((await driver.inspectTask(id)).limits ?? []).map(({ option, value }) => [option, value]),
    );
  const task = {
    id,
    name: 'task',
    taskDir,
    env: { PATH: process.env['PATH'] ?? '' },
    driverConfig: { command: '/bin/sleep', args: ['1000'] },
    stdoutPath: join(taskDir, 'stdout'),
    limits: { memoryMaxBytes: 64 * mib },
  };
  const first = await open();
  let last = first;
  cleanUp(t, async () => {
    await last.destroyTask(id, { force: true });
    await last.close();
  });
  const handle = await first.startTask(task);
  await first.updateTask(id, { memoryMaxBytes: 48 * mib, memoryLowBytes: 16 * mib });
  await first.close();

  last = await open();
  await last.recoverTask(handle, task);
  const changed = { memoryMaxBytes: String(48 * mib), memoryLowBytes: String(16 * mib) };
  assert.deepEqual(await limitsOf(last), changed);
  await last.updateTask(id, { memoryLowBytes: 8 * mib });
  await last.close();

  last = await open();
  await last.recoverTask(handle, task);
  assert.deepEqual(await limitsOf(last), { ...changed, memoryLowBytes: String(8 * mib) });
});

test('What the keeper would not keep is refused before it is asked.', () => {
  const plan = {
    command: '/bin/true',
    args: ['x'.repeat(20_000)],
    env: { LARGE: 'x'.repeat(20_000) },
  } as unknown as TaskPlan;
  const device = { device: '/dev/null', readBytesPerSecond: 1_000_000 };
  const state = (devices: number) => ({
    limits: { ioMax: Array.from({ length: devices }, () => device) },
    writes: [],
    notApplied: [],
  });
  assert.ok(attachmentOf(id, plan, state(1)).length < 1000, 'the large parts are left out');
  assert.throws(() => attachmentOf(id, plan, state(1000)), {
    code: 'ERR_KEEPER_STATE',
    message: /alloc\/limited\/1.* bytes .* 32768\. Nothing was done\. Give fewer limits/,
  });
});
