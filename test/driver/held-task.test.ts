// The order in which a task is started and looked after, with groups that tell of it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type HostPlaces, startHeld } from '../../src/driver/held-task.ts';
import type { TaskPlan } from '../../src/driver/task-host.ts';

const plan: TaskPlan = {
  command: '/bin/true',
  args: [],
  env: {},
  cwd: '/',
  stdout: { to: 'nowhere' },
  stderr: { to: 'nowhere' },
};

/** What has happened, in order; the start itself fails when it asks for the group. */
function tellingGroups(told: string[]): HostPlaces {
  const watcher = (name: string): object => ({
    add: () => told.push(`${name} added`),
    remove: () => told.push(`${name} removed`),
  });
  const group = {
    paths: { v1: [] },
    spawnOption: () => {
      told.push('start');
      throw new Error('why it was not started');
    },
    remove: () => Promise.reject(new Error('the group is busy')),
  };
  const places: unknown = {
    open: { groups: { open: () => group } },
    watch: watcher('the group'),
  };
  return places as HostPlaces;
}

test('OOM kills are counted before anything can be killed, and a failed start says why it failed.', async () => {
  const told: string[] = [];
  await assert.rejects(startHeld('a', plan, ['ignore', 'ignore', 'ignore'], tellingGroups(told)), {
    message: 'why it was not started',
  });
  assert.deepEqual(told, ['the group added', 'start', 'the group removed']);
});
