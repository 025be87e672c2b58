import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../../../src/nearest-name.ts';

const names = ['cwd', 'env', 'stdio', 'processGroup', 'timeoutMs'];

test('one swapped, missing or wrong letter is recognised', () => {
  assert.equal(nearestName('cdw', names), 'cwd');
  assert.equal(nearestName('stido', names), 'stdio');
  assert.equal(nearestName('envs', names), 'env');
  assert.equal(nearestName('timeotMs', names), 'timeoutMs');
});

test('case, dashes and underscores do not count', () => {
  assert.equal(nearestName('process_group', names), 'processGroup');
  assert.equal(nearestName('TIMEOUT-MS', names), 'timeoutMs');
});

test('a name that is like none has no suggestion', () => {
  assert.equal(nearestName('banana', names), undefined);
  assert.equal(nearestName('x', []), undefined);
});
