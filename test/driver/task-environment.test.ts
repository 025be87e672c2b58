import assert from 'node:assert/strict';
import test from 'node:test';
import {
  defaultHostEnvDenylist,
  layerEnvironment,
  withUserVariables,
} from '../../src/driver/task-environment.ts';

test('Each layer of the environment wins over those before it.', () => {
  const names = ['builtIn', 'meta', 'host', 'task', 'hooks', 'templates'] as const;
  for (const [index, winner] of names.entries()) {
    const layers = Object.fromEntries(names.slice(0, index + 1).map((name) => [name, { V: name }]));
    assert.deepEqual(layerEnvironment(layers), { V: winner });
  }
});

test('Credentials of the agent do not reach tasks through its environment.', () => {
  const host = Object.fromEntries(defaultHostEnvDenylist.map((name) => [name, 'secret']));
  assert.deepEqual(layerEnvironment({ host: { ...host, PATH: '/bin', GONE: undefined } }), {
    PATH: '/bin',
  });
});

test('A task may be given what is denied to it from the host.', () => {
  const layers = { host: { VAULT_TOKEN: 'of the agent' }, task: { VAULT_TOKEN: 'of the task' } };
  assert.deepEqual(layerEnvironment(layers), { VAULT_TOKEN: 'of the task' });
});

test('An own list of denied host variables replaces the default one.', () => {
  const host = { VAULT_TOKEN: 'x', SECRET: 'y' };
  assert.deepEqual(layerEnvironment({ host, hostDenylist: ['SECRET'] }), { VAULT_TOKEN: 'x' });
});

const user = { name: 'web', home: '/srv/web' };
const own = { HOME: '/root', USER: 'root', LOGNAME: 'root' };

test('USER, LOGNAME and HOME that come from the supervisor become those of the user.', () => {
  assert.deepEqual(withUserVariables({ ...own, A: '1' }, user, own), {
    A: '1',
    HOME: '/srv/web',
    LOGNAME: 'web',
    USER: 'web',
  });
  assert.deepEqual(withUserVariables({}, user, {}), {
    HOME: '/srv/web',
    LOGNAME: 'web',
    USER: 'web',
  });
});

test('HOME that a task sets itself stays.', () => {
  assert.equal(withUserVariables({ ...own, HOME: '/data' }, user, own)['HOME'], '/data');
});
