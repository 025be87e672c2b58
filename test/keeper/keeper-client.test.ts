// The connection of a program to its keeper.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeeperClient } from '../../src/keeper/keeper-client.ts';
import { run } from '../../src/process/run.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { keeperFolder, keepersOf } from '../helpers/keeper-folder.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { signal } from '../helpers/storm/processes.ts';

test('A program may end while its keeper has something to tell.', async (t) => {
  const folder = keeperFolder(t);
  const { status, stderr } = await run(process.execPath, [
    fixture('kept-teardown.mjs'),
    moduleUrl('keeper/keeper-client'),
    folder,
  ]);
  assert.deepEqual([status.exitCode, stderr], [0, '']);
  const client = new KeeperClient(folder);
  cleanUp(t, () => client.close());
  const tasks = await client.list();
  assert.equal(tasks.length, 5);
  for (const { id } of tasks) await client.forget(id);
});

test('Two clients that come at once get one keeper.', async (t) => {
  const folder = keeperFolder(t);
  const clients = Array.from({ length: 4 }, () => new KeeperClient(folder));
  cleanUp(t, () => Promise.all(clients.map((client) => client.close())));
  const pids = await Promise.all(
    clients.map(async (client) => (await client.connection()).welcome.keeperPid),
  );
  assert.equal(new Set(pids).size, 1);
  assert.deepEqual(keepersOf(folder), [pids[0]]);
});

test('A keeper that waits for a holder that is stopped is waited for, by all who come.', async (t) => {
  const folder = keeperFolder(t);
  const first = new KeeperClient(folder);
  const { keeperPid, holderPid } = (await first.connection()).welcome;
  await first.close();
  cleanUp(t, () => signal(holderPid, 'SIGCONT'));
  assert.ok(signal(holderPid, 'SIGSTOP'));
  assert.ok(signal(keeperPid, 'SIGKILL'));
  const clients = Array.from({ length: 3 }, () => new KeeperClient(folder));
  cleanUp(t, () => Promise.all(clients.map((client) => client.close())));
  const pids = await Promise.all(
    clients.map(async (client) => (await client.connection()).welcome.keeperPid),
  );
  assert.equal(new Set(pids).size, 1);
  assert.notEqual(pids[0], keeperPid);
});

test('What a keeper refuses is told with its code.', async (t) => {
  const client = new KeeperClient(keeperFolder(t));
  cleanUp(t, () => client.close());
  await assert.rejects(client.forget('nobody'), { code: 'ERR_TASK_UNKNOWN' });
  await assert.rejects(client.signal('nobody', 15, 0), { code: 'ERR_TASK_UNKNOWN' });
  await assert.rejects(client.stop('nobody', 1000, new Int32Array()), { code: 'ERR_TASK_UNKNOWN' });
  await assert.rejects(client.adopt('nobody'), { code: 'ERR_TASK_UNKNOWN' });
  await assert.rejects(client.stop('nobody', -1, new Int32Array()), {
    code: 'ERR_KEEPER_PROTOCOL',
  });
});

test('A state directory that others could change is refused, and says so.', async (t) => {
  const client = new KeeperClient('/tmp');
  cleanUp(t, () => client.close());
  await assert.rejects(client.list(), { code: 'ERR_KEEPER_START', message: /\/tmp/ });
});
