import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainExit } from '../../src/cgroup/exit-reason.ts';
import { type OomKillEvent, OomWatch } from '../../src/cgroup/oom-watch.ts';
import { spawn } from '../../src/process/spawn.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { limitMemory, makeTaskGroup } from '../helpers/stats-group.ts';

guardAgainstLeaks();

const limitBytes = 16 * 1024 * 1024;
/** Reads a line that never ends, and keeps all of it in memory. */
const hog = ['/usr/bin/tail', '/dev/zero'] as const;

const nothing = {
  isStatusKnown: true,
  isStopRequested: false,
  isKillSent: false,
  isTimedOut: false,
};

test('A main process that the kernel kills for want of memory ends as oomKilled.', async (t) => {
  const group = makeTaskGroup(t, { needsMemory: true });
  if (group === undefined) return;
  limitMemory(group, limitBytes);
  const watch = new OomWatch();
  t.after(() => watch.close());
  watch.add('task', group.paths);
  const child = spawn(hog[0], [hog[1]], { cgroup: group.option, stdio: 'ignore' });
  const { signal } = await child.exited;
  const oom = watch.count('task');
  assert.ok(oom);
  assert.equal(signal, 'SIGKILL');
  const explained = explainExit({ ...nothing, signal, oom });
  assert.deepEqual(explained, { reason: 'oomKilled', oomKilled: true, oomKills: oom.kills });
  assert.ok(oom.kills >= 1);
});

test('A child that is killed for want of memory is counted and told, and is no OOM kill of the task whose main process goes on.', async (t) => {
  const group = makeTaskGroup(t, { needsMemory: true });
  if (group === undefined) return;
  limitMemory(group, limitBytes);
  const watch = new OomWatch({ intervalMs: 20 });
  t.after(() => watch.close());
  const told: OomKillEvent[] = [];
  watch.events.on('oomKilled', (event) => told.push(event));
  watch.add('task', group.paths);
  const child = spawn('/bin/sh', ['-c', '/usr/bin/tail /dev/zero; read line; exit 7'], {
    cgroup: group.option,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await eventually('the kill is told', () => told[0]);
  assert.equal(child.status, undefined);
  child.stdin?.end();
  const { code, signal } = await child.exited;
  assert.equal(code, 7);
  const oom = watch.count('task');
  assert.ok(oom !== undefined && oom.kills >= 1);
  assert.equal(told[0]?.id, 'task');
  const explained = explainExit({ ...nothing, signal, oom });
  assert.deepEqual(explained, { reason: 'exited', oomKilled: false, oomKills: oom.kills });
});

test('A process that somebody kills in a group without OOM kills is signalled, not oomKilled.', async (t) => {
  const group = makeTaskGroup(t, { needsMemory: true });
  if (group === undefined) return;
  const watch = new OomWatch();
  t.after(() => watch.close());
  watch.add('task', group.paths);
  const child = spawn('/bin/sleep', ['1000'], { cgroup: group.option, stdio: 'ignore' });
  child.kill('SIGKILL');
  const { signal } = await child.exited;
  const oom = watch.count('task');
  assert.deepEqual(oom, { kills: 0, groupKills: 0 });
  assert.deepEqual(explainExit({ ...nothing, signal, oom }), {
    reason: 'signalled',
    oomKilled: false,
    oomKills: 0,
  });
});

test('Kills of an earlier life of a group do not count.', async (t) => {
  const group = makeTaskGroup(t, { needsMemory: true });
  if (group === undefined) return;
  limitMemory(group, limitBytes);
  const first = spawn(hog[0], [hog[1]], { cgroup: group.option, stdio: 'ignore' });
  await first.exited;
  const watch = new OomWatch();
  t.after(() => watch.close());
  watch.add('task', group.paths);
  assert.deepEqual(watch.count('task'), { kills: 0, groupKills: 0 });
});

test('A group without the memory controller, or that is not watched, has no count.', (t) => {
  const watch = new OomWatch();
  t.after(() => watch.close());
  watch.add('task', { v1: [] });
  assert.equal(watch.count('task'), undefined);
  assert.equal(watch.count('another'), undefined);
});
