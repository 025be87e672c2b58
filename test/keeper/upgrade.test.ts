// A keeper of another version than this package.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { KeeperClient } from '../../src/keeper/keeper-client.ts';
import { native } from '../../src/native.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { keeperFolder, keepersOf } from '../helpers/keeper-folder.ts';
import { startKeeperOf } from '../helpers/keeper-of-protocol.ts';

test('An older keeper becomes that of this package, for all who come at once.', async (t) => {
  const folder = keeperFolder(t);
  await startKeeperOf(-1, folder);
  const [older] = keepersOf(folder);
  const clients = Array.from({ length: 4 }, () => new KeeperClient(folder));
  cleanUp(t, () => Promise.all(clients.map((client) => client.close())));
  for (const connection of await Promise.all(clients.map((client) => client.connection()))) {
    assert.equal(connection.welcome.protocol, native.keeperProtocol);
    assert.equal(connection.welcome.keeperPid, older);
  }
  assert.deepEqual(keepersOf(folder), [older]);
});

test('When it cannot, that is told with the reason, and the next attempt may succeed.', async (t) => {
  const folder = keeperFolder(t);
  await startKeeperOf(-1, folder);
  const client = new KeeperClient(folder);
  cleanUp(t, () => client.close());
  chmodSync(folder, 0o755); // the newer one looks at what the older one has seen long ago
  await assert.rejects(client.list(), {
    code: 'ERR_KEEPER_UPGRADE',
    message: /cannot become .*raw-exec-keeper: .*its mode is 0755.*The older keeper goes on/,
  });
  chmodSync(folder, 0o700);
  assert.deepEqual(await client.list(), []);
});

test('A newer keeper is left alone, and both versions are told.', async (t) => {
  const folder = keeperFolder(t);
  await startKeeperOf(1, folder);
  const client = new KeeperClient(folder);
  cleanUp(t, () => client.close());
  const ours = native.keeperProtocol;
  await assert.rejects(client.list(), {
    code: 'ERR_KEEPER_NEWER',
    message: new RegExp(`it speaks protocol ${ours + 1}, this package ${ours}\\.`),
  });
});
