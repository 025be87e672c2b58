import assert from 'node:assert/strict';
import test from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';

test('An enabled driver is healthy and has its attribute; it says so again and again.', async () => {
  await using driver = await RawExecDriver.create({ config: { enabled: true } });
  let count = 0;
  for await (const fingerprint of driver.fingerprint({ intervalMs: 1 })) {
    assert.deepEqual(fingerprint, {
      attributes: { 'driver.raw_exec': '1' },
      health: 'healthy',
      healthDescription: 'Healthy',
    });
    count += 1;
    if (count === 3) {
      break;
    }
  }
  assert.equal(count, 3);
});

test('A driver that is not enabled is undetected and has no attribute.', async () => {
  await using driver = await RawExecDriver.create();
  for await (const fingerprint of driver.fingerprint()) {
    assert.deepEqual(fingerprint, {
      attributes: {},
      health: 'undetected',
      healthDescription: 'disabled',
    });
    break;
  }
});

test('The stream of fingerprints ends when its signal fires and when the driver is closed.', async () => {
  await using driver = await RawExecDriver.create();
  const ending = new AbortController();
  for await (const _ of driver.fingerprint({ signal: ending.signal })) {
    ending.abort();
  }
  for await (const _ of driver.fingerprint()) {
    await driver.close();
  }
});

test('A bad interval and an unknown option are refused.', async () => {
  await using driver = await RawExecDriver.create();
  assert.throws(() => driver.fingerprint({ intervalMs: 0 }), { option: 'intervalMs' });
  const misspelt: object = { interval: 5 };
  assert.throws(() => driver.fingerprint(misspelt), {
    message: 'unknown option interval. Did you mean intervalMs?',
  });
});

test('The capabilities are those of Nomad’s raw_exec; recovery depends on the host.', async () => {
  await using driver = await RawExecDriver.create();
  assert.deepEqual(driver.capabilities, {
    sendSignals: true,
    exec: true,
    fsIsolation: 'none',
    networkIsolationModes: ['host', 'group'],
    mountConfigs: 'none',
    recover: false,
    outlivesSupervisor: false,
  });
});

test('A task cannot be recovered where the host does not keep tasks.', async () => {
  await using driver = await RawExecDriver.create({ config: { enabled: true } });
  const startedAt = new Date();
  const task = { id: 'a', name: 'a', taskDir: '/tmp', env: {}, driverConfig: { command: 'true' } };
  await assert.rejects(
    driver.recoverTask({ version: 1, driver: 'raw_exec', id: 'a', pid: 1, startedAt }, task),
    {
      code: 'ERR_NOT_SUPPORTED',
      message:
        'cannot take over task "a": tasks of the in-process host end with the process that started them',
    },
  );
});
