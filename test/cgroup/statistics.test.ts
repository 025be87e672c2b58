import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cpuPercent, type GroupSample } from '../../src/cgroup/group-sample.ts';
import { GroupStats } from '../../src/cgroup/group-stats.ts';
import { type RatedSample, StatsSampler } from '../../src/cgroup/stats-sampler.ts';
import { GroupProcesses } from '../../src/driver/group-processes.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks, openDescriptors } from '../helpers/leak-guard.ts';
import { makeTaskGroup, type TaskGroup } from '../helpers/stats-group.ts';

guardAgainstLeaks();

const megabyte = 1024 * 1024;

/** A group with one program in it, and statistics that have taken it as `task`. The program ends before its group goes. */
async function withProgram(
  t: TestContext,
  script: string,
  body: (facts: { group: TaskGroup; stats: GroupStats; child: SpawnedProcess }) => Promise<void>,
): Promise<void> {
  const group = makeTaskGroup(t);
  if (group === undefined) return;
  const stats = new GroupStats();
  stats.add('task', group.paths);
  const child = spawn('/bin/sh', ['-c', script], {
    cgroup: group.option,
    stdio: 'ignore',
    processGroup: 'new',
    killGroupAtExit: true,
  });
  try {
    await body({ group, stats, child });
  } finally {
    stats.close();
    child.kill('SIGKILL', 'group');
    await child.exited;
  }
}

/** The first sample for which `ask` has an answer. */
function untilSample<Value>(
  stats: GroupStats,
  what: string,
  ask: (sample: GroupSample) => Value | undefined,
): Promise<Value> {
  return eventually(what, () => {
    const sample = stats.read('task', { detail: true, pressure: true });
    return sample === undefined ? undefined : ask(sample);
  });
}

test('CPU time of a busy program is counted, and its share lies between nothing and all CPUs.', async (t) => {
  await withProgram(t, 'while :; do :; done', async ({ stats }) => {
    const first = await untilSample(stats, 'CPU time', (sample) =>
      (sample.cpu?.usageUs ?? 0) > 10_000 ? sample : undefined,
    );
    const second = await untilSample(stats, 'more CPU time', (sample) =>
      (sample.cpu?.usageUs ?? 0) > (first.cpu?.usageUs ?? 0) + 50_000 ? sample : undefined,
    );
    const percent = cpuPercent(first, second);
    // One thread can use one CPU; the clock and the counter are read one after the other.
    assert.ok(percent !== undefined && percent > 0 && percent < 150, `${percent} %`);
    assert.ok((second.cpu?.userUs ?? 0) + (second.cpu?.systemUs ?? 0) > 0);
  });
});

test('Memory that a program takes is seen as memory without files, and the peak stays when it is given back.', async (t) => {
  const group = makeTaskGroup(t, { needsMemory: true });
  if (group === undefined) return;
  const stats = new GroupStats();
  t.after(() => stats.close());
  stats.add('task', group.paths);
  const child = spawn(
    process.execPath,
    [
      '-e',
      `let b = Buffer.alloc(${32 * megabyte}, 1); process.stdin.once('data', () => process.exit(b.length % 2))`,
    ],
    { cgroup: group.option, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  t.after(() => child.kill('SIGKILL'));
  // Two files, read one after the other while the program may still be taking more: both get there.
  await untilSample(
    stats,
    '32 MB of memory',
    (sample) =>
      ((sample.memoryDetail?.anonBytes ?? 0) > 32 * megabyte &&
        (sample.memory?.currentBytes ?? 0) > 32 * megabyte) ||
      undefined,
  );
  child.stdin?.end('x');
  await child.exited;
  const after = await untilSample(stats, 'the memory is given back', (sample) =>
    (sample.memoryDetail?.anonBytes ?? Number.NaN) < 8 * megabyte ? sample : undefined,
  );
  const peak = after.memory?.peakBytes;
  // memory.peak came with Linux 5.19.
  if (peak !== undefined) assert.ok(peak > 32 * megabyte, `${peak}`);
});

test('Processes are counted where the pids controller is.', async (t) => {
  await withProgram(t, 'sleep 1000 & sleep 1000 & wait', async ({ group, stats }) => {
    const hasPids =
      group.paths.v1.some(({ controller }) => controller === 'pids') ||
      (group.paths.v2 !== undefined && existsSync(join(group.paths.v2, 'pids.current')));
    if (hasPids) await untilSample(stats, '3 processes', ({ pids }) => pids === 3 || undefined);
    else assert.equal(stats.read('task')?.pids, undefined);
  });
});

test('What the host does not tell is absent, and pressure is told where its files are.', async (t) => {
  await withProgram(t, 'sleep 1000', async ({ group, stats }) => {
    const sample = stats.read('task', { pressure: true });
    assert.ok(sample);
    const hasPressure =
      group.paths.v2 !== undefined && existsSync(join(group.paths.v2, 'cpu.pressure'));
    assert.equal(sample.pressure !== undefined, hasPressure);
    if (hasPressure) assert.equal(typeof sample.pressure?.memory?.some.totalUs, 'number');
    assert.equal(sample.memoryDetail, undefined);
    assert.ok(Object.isFrozen(sample));
  });
});

test('A group that is gone is left out, also when its files were open; the others are read.', async (t) => {
  const group = makeTaskGroup(t);
  if (group === undefined) return;
  const gone = makeTaskGroup(t);
  assert.ok(gone);
  const stats = new GroupStats();
  t.after(() => stats.close());
  stats.add('task', group.paths);
  stats.add('gone', { ...gone.paths, v2: '/sys/fs/cgroup/no-such-group' });
  assert.deepEqual([...stats.readAll().keys()], ['task']);
  assert.equal(stats.read('never added'), undefined);
});

test('Files beyond the budget are opened for each reading, and what is read is the same.', async (t) => {
  const group = makeTaskGroup(t);
  if (group === undefined) return;
  const before = openDescriptors().length;
  const stats = new GroupStats({ maxOpenFiles: 2 });
  stats.add('task', group.paths);
  const first = stats.read('task', { detail: true });
  assert.equal(openDescriptors().length, before + 2);
  const second = stats.read('task', { detail: true });
  assert.deepEqual(Object.keys(first ?? {}), Object.keys(second ?? {}));
  assert.equal(openDescriptors().length, before + 2);
  stats.close();
  assert.equal(openDescriptors().length, before);
});

test('A subscription gets a sample at once and then at its interval, the first without a share of the CPU.', async (t) => {
  await withProgram(t, 'sleep 1000', async ({ stats }) => {
    const sampler = new StatsSampler(stats);
    const seen: (RatedSample | undefined)[] = [];
    const end = sampler.subscribe((samples) => seen.push(samples.get('task')), { intervalMs: 5 });
    assert.equal(seen.length, 1);
    const second = await eventually('a second sample', () => seen[1]);
    end();
    sampler.close();
    assert.equal(seen[0]?.cpuPercent, undefined);
    assert.ok((second.cpuPercent ?? -1) >= 0);
    const count = seen.length;
    assert.throws(() => sampler.subscribe(() => undefined, { intervalMs: 0 }), {
      code: 'ERR_INVALID_OPTION',
      option: 'intervalMs',
    });
    assert.equal(seen.length, count);
  });
});

test('The processes of a group are listed on demand, those of groups below it too.', async (t) => {
  await withProgram(t, 'sleep 1000 & sleep 1000 & wait', async ({ group, child }) => {
    const processes = new GroupProcesses(group.paths);
    const list = await eventually('3 processes', () => {
      const found = processes.read();
      return found.length === 3 ? found : undefined;
    });
    const main = list.find(({ pid }) => pid === child.pid);
    assert.ok(main && main.rssBytes > 0 && main.threads === 1);
    assert.equal(list.filter(({ parentPid }) => parentPid === child.pid).length, 2);
  });
});

test('Who is in a group is told at each look: newcomers, and no longer those who have ended.', async (t) => {
  const script =
    'sleep 1000 & sleep 1000 & first=$!; kill -STOP $$; kill $first; wait $first; sleep 1000 & sleep 1000 & wait';
  await withProgram(t, script, async ({ group, child }) => {
    const processes = new GroupProcesses(group.paths);
    const look = (): readonly number[] => processes.read().map(({ pid }) => pid);
    const untilThereAre = (count: number): Promise<readonly number[]> =>
      eventually(`${count} processes`, () => {
        const pids = look();
        return pids.length === count ? pids : undefined;
      });
    // Else it could be told to go on before it has stopped.
    await eventually('the program has stopped', () => stateOf(child.pid) === 'T' || undefined);
    const before = await untilThereAre(3);
    assert.deepEqual(look(), before);
    child.kill('SIGCONT');
    const after = await untilThereAre(4);
    const both = before.filter((pid) => after.includes(pid));
    assert.equal(both.length, 2);
    assert.ok(both.includes(child.pid));
    assert.deepEqual(look(), after);
  });
});

/** Field 3 of proc_pid_stat(5). */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
