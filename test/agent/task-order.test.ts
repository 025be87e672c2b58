// The order in which tasks start and end, cell by cell.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  nextStep,
  type OrderedTask,
  type TaskProgress,
  type TaskRole,
} from '../../src/agent/task-order.ts';

function task(name: string, role: TaskRole, progress: TaskProgress, isLeader = false): OrderedTask {
  return { name, role, progress, isLeader };
}

const starts = (...tasks: readonly OrderedTask[]): readonly string[] =>
  nextStep(tasks, false).start;

test('prestart tasks start first, and main tasks wait for those that are no sidecars to succeed', () => {
  const main = task('main', 'main', 'pending');
  for (const progress of ['pending', 'starting', 'running'] as const) {
    const expected = progress === 'pending' ? ['init'] : [];
    assert.deepEqual(starts(task('init', 'prestart', progress), main), expected, progress);
  }
  assert.deepEqual(starts(task('init', 'prestart', 'succeeded'), main), ['main']);
});

test('main tasks wait for prestart sidecars to run, not to end', () => {
  const main = task('main', 'main', 'pending');
  assert.deepEqual(starts(task('proxy', 'prestartSidecar', 'pending'), main), ['proxy']);
  assert.deepEqual(starts(task('proxy', 'prestartSidecar', 'starting'), main), []);
  assert.deepEqual(starts(task('proxy', 'prestartSidecar', 'running'), main), ['main']);
});

test('poststart tasks wait until no main task is pending', () => {
  const after = task('after', 'poststart', 'pending');
  assert.deepEqual(starts(task('a', 'main', 'running'), task('b', 'main', 'starting'), after), []);
  assert.deepEqual(starts(task('a', 'main', 'running'), task('b', 'main', 'succeeded'), after), [
    'after',
  ]);
});

test('poststop tasks start when all others are over, however they ended', () => {
  const stop = task('stop', 'poststop', 'pending');
  assert.deepEqual(starts(task('a', 'main', 'running'), stop), []);
  for (const progress of ['succeeded', 'failed', 'stopped'] as const) {
    assert.deepEqual(starts(task('a', 'main', progress), stop), ['stop'], progress);
  }
  assert.deepEqual(nextStep([task('a', 'main', 'stopped'), stop], true).start, ['stop']);
});

test('a failed task ends the others and cancels what is pending; its failed poststop does not', () => {
  const { start, end } = nextStep(
    [task('a', 'main', 'failed'), task('b', 'main', 'running'), task('c', 'poststart', 'pending')],
    false,
  );
  assert.deepEqual(start, []);
  assert.deepEqual(end, { reason: 'taskFailed', because: 'a', waves: [['b']], cancel: ['c'] });
  assert.equal(
    nextStep([task('a', 'main', 'succeeded'), task('s', 'poststop', 'failed')], false).isDone,
    true,
  );
});

test('when the leader has ended, the rest is ended', () => {
  const { end } = nextStep(
    [task('lead', 'main', 'succeeded', true), task('b', 'main', 'running')],
    false,
  );
  assert.deepEqual(end, { reason: 'leaderEnded', because: 'lead', waves: [['b']], cancel: [] });
});

test('when only sidecars are left, they are ended', () => {
  const { end } = nextStep(
    [task('a', 'main', 'succeeded'), task('s', 'poststartSidecar', 'running')],
    false,
  );
  assert.deepEqual(end, { reason: 'onlySidecarsLeft', waves: [['s']], cancel: [] });
});

test('the leader is ended first, then the others, then sidecars', () => {
  const { end } = nextStep(
    [
      task('s', 'prestartSidecar', 'running'),
      task('b', 'main', 'running'),
      task('lead', 'main', 'starting', true),
      task('p', 'poststop', 'pending'),
    ],
    true,
  );
  assert.deepEqual(end, { reason: 'requested', waves: [['lead'], ['b'], ['s']], cancel: [] });
});

test('it is done when everything is over', () => {
  assert.equal(nextStep([task('a', 'main', 'running')], false).isDone, false);
  assert.equal(nextStep([task('a', 'main', 'succeeded')], false).isDone, true);
  assert.equal(nextStep([task('a', 'main', 'failed')], true).isDone, true);
});

test('a task that will be started again is waited for, and is ended with the others', () => {
  const main = task('main', 'main', 'pending');
  assert.deepEqual(starts(task('proxy', 'prestartSidecar', 'restarting'), main), []);
  const crashed = task('main', 'main', 'restarting');
  assert.deepEqual(starts(crashed, task('after', 'poststart', 'pending')), []);
  assert.deepEqual(starts(crashed, task('clean', 'poststop', 'pending')), []);
  const { end, isDone } = nextStep([crashed, task('other', 'main', 'failed')], false);
  assert.deepEqual(end?.waves, [['main']]);
  assert.equal(isDone, false);
});
