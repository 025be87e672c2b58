import assert from 'node:assert/strict';
import test from 'node:test';
import { readHostLayout } from '../../src/cgroup/host-layout.ts';
import type { Fingerprint } from '../../src/driver/fingerprint.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';

test('An enabled driver is healthy and tells what the host gives; it says so again and again.', async () => {
  await using driver = await RawExecDriver.create({ config: { enabled: true } });
  const { mode } = readHostLayout();
  const seen: Fingerprint[] = [];
  for await (const fingerprint of driver.fingerprint({ intervalMs: 1 })) {
    seen.push(fingerprint);
    if (seen.length === 3) {
      break;
    }
  }
  const [first] = seen;
  assert.deepEqual(seen, [first, first, first]);
  assert.equal(first?.health, 'healthy');
  assert.equal(first.healthDescription, 'Healthy');
  const { attributes } = first;
  assert.equal(attributes['driver.raw_exec'], '1');
  assert.equal(attributes['driver.raw_exec.cgroup_mode'], mode);
  const containment = attributes['driver.raw_exec.containment'];
  assert.match(containment ?? '', /^(?:cgroup-(?:v2|hybrid|v1)|process-tree)$/);
  assert.equal(
    containment === 'process-tree',
    attributes['driver.raw_exec.cgroup_parent'] === undefined,
  );
});

test('A driver whose tasks get reapers does not tell of groups.', async () => {
  const inProcess = { containment: 'reaper' } as const;
  await using driver = await RawExecDriver.create({ config: { enabled: true }, inProcess });
  for await (const { attributes, healthDescription } of driver.fingerprint()) {
    assert.equal(healthDescription, 'Healthy');
    assert.equal(attributes['driver.raw_exec.containment'], 'process-tree');
    assert.equal(attributes['driver.raw_exec.cgroup_parent'], undefined);
    break;
  }
});

test('A parent that cannot be used is told of in the description.', async () => {
  const inProcess = { cgroupParent: 'a/../b' };
  await using driver = await RawExecDriver.create({ config: { enabled: true }, inProcess });
  for await (const { attributes, healthDescription } of driver.fingerprint()) {
    assert.deepEqual(attributes, { 'driver.raw_exec': '1' });
    assert.match(healthDescription, /^Healthy, but what the host gives is not known: .*a\/\.\.\/b/);
    break;
  }
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
