// Descriptors, memory and processes that are used up, for the keeper or for the holder: one fault a test, each real.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { holdersOf, keepersOf } from '../helpers/keeper-folder.ts';
import { type KeptTasks, keptTasks, logOf } from '../helpers/kept-tasks.ts';
import { keptTest } from '../helpers/kept-test.ts';
import { isAlive } from '../helpers/process-end.ts';
import { makePlace } from '../helpers/task-place.ts';

function onlyOne(pids: readonly number[]): number {
  const [pid, ...others] = pids;
  assert.ok(pid !== undefined && others.length === 0, `one process, not ${pids.join(' ')}`);
  return pid;
}

/** Sets a soft limit of another process; the hard one stays, so that it can be undone. */
function limit(pid: number, name: 'nofile' | 'as', value: number | 'unlimited'): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--${name}=${value}:`]);
}

function softLimit(pid: number, name: 'nofile'): number {
  const options = [`--pid=${pid}`, `--${name}`, '--output=SOFT', '--noheadings'];
  return Number(execFileSync('prlimit', options, { encoding: 'utf8' }));
}

/** From now on the process gets so many descriptors and no more, until the function is called. */
function useUpDescriptors(t: TestContext, pid: number, left = 0): () => void {
  const before = softLimit(pid, 'nofile');
  const undo = (): void => limit(pid, 'nofile', before);
  cleanUp(t, undo);
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let lowest = 0;
  for (let free = 0; open.has(lowest) || free < left; lowest += 1) {
    if (!open.has(lowest)) free += 1;
  }
  limit(pid, 'nofile', lowest);
  return undo;
}

async function assertGoesOn(tasks: KeptTasks): Promise<void> {
  tasks.finish('first');
  const exit = await tasks.driver.waitTask('first');
  assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
}

function logsIn(tasks: KeptTasks): { readonly directory: string } {
  const directory = join(tasks.folder, 'logs');
  mkdirSync(directory, { recursive: true });
  return { directory };
}

keptTest(
  'A keeper without descriptors refuses starts, sees tasks end, and starts them with descriptors again.',
  async (t) => {
    const tasks = await keptTasks(t);
    await tasks.startPatient('first');
    const undo = useUpDescriptors(t, onlyOne(keepersOf(tasks.stateDirectory)));
    const refused = tasks.start('refused', 'exit 0', logsIn(tasks));
    await assert.rejects(refused, { code: 'ERR_KEEPER_BUSY', errno: 24 });
    await assertGoesOn(tasks);
    undo();
    await tasks.start('next', 'echo written; exit 5', logsIn(tasks));
    assert.equal((await tasks.driver.waitTask('next')).exitCode, 5);
    const { directory } = logsIn(tasks);
    await eventually('its line', () => logOf(directory, 'next') === 'written\n' || undefined);
  },
);

keptTest(
  'What a keeper that runs short of descriptors has started, it sees to its end.',
  async (t) => {
    const tasks = await keptTasks(t);
    await tasks.startPatient('first');
    const keeper = onlyOne(keepersOf(tasks.stateDirectory));
    const started: string[] = [];
    // From what one start needs to what two do: so some find in use by others what they need.
    for (let left = 4; left <= 10; left += 1) {
      const undo = useUpDescriptors(t, keeper, left);
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name}${left}`);
      const results = await Promise.allSettled(ids.map((id) => tasks.startPatient(id)));
      undo();
      started.push(...ids.filter((_, at) => results[at]?.status === 'fulfilled'));
    }
    assert.ok(started.length > 0);
    for (const id of started) {
      assert.equal((await tasks.driver.inspectTask(id)).state, 'running');
      tasks.finish(id);
      const exit = await tasks.driver.waitTask(id);
      assert.deepEqual([exit.exitCode, exit.isStatusKnown], [7, true]);
    }
    await assertGoesOn(tasks);
  },
);

keptTest(
  'A holder without descriptors refuses starts, sees tasks end, and starts them with descriptors again.',
  async (t) => {
    const tasks = await keptTasks(t);
    await tasks.startPatient('first');
    const undo = useUpDescriptors(t, onlyOne(holdersOf(tasks.stateDirectory)));
    await assert.rejects(tasks.start('refused', 'exit 0'), { errno: 24 });
    await assertGoesOn(tasks);
    undo();
    assert.equal(await tasks.run('next', 'exit 5'), 5);
  },
);

/** Whoever wants memory now does not get it, until the function is called; it does nothing when the process has gone. */
function useUpMemory(t: TestContext, pid: number): () => void {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  limit(pid, 'as', Number(/^VmSize:\s+(\d+) kB/m.exec(status)?.[1]) * 1024);
  const undo = (): void => {
    if (isAlive(pid)) limit(pid, 'as', 'unlimited');
  };
  cleanUp(t, undo);
  return undo;
}

for (const [part, find] of [
  ['keeper', keepersOf],
  ['holder', holdersOf],
] as const) {
  keptTest(`A ${part} without memory refuses what needs more, and tasks go on.`, async (t) => {
    const tasks = await keptTasks(t);
    await tasks.startPatient('first');
    const pid = onlyOne(find(tasks.stateDirectory));
    const undo = useUpMemory(t, pid);
    // Of a size that no buffer that is there already takes.
    const large = Array.from({ length: 20 }, () => 'x'.repeat(100_000));
    await assert.rejects(tasks.startWith('refused', large), { errno: 12 });
    await assertGoesOn(tasks);
    assert.equal(onlyOne(find(tasks.stateDirectory)), pid);
    undo();
    assert.equal(await tasks.run('next', 'exit 5'), 5);
  });
}

keptTest(
  'Without room for another process starts are refused with EAGAIN, and tasks go on.',
  async (t) => {
    const place = makePlace(t, { v2: false, v1: ['pids'] });
    const directory = place?.parent.v1[0]?.directory;
    if (directory === undefined) return;
    const tasks = await keptTasks(t);
    await tasks.startPatient('first');
    const holder = onlyOne(holdersOf(tasks.stateDirectory));
    writeFileSync(join(directory, 'cgroup.procs'), String(holder));
    writeFileSync(join(directory, 'pids.max'), '1');
    await assert.rejects(tasks.start('refused', 'exit 0'), { errno: 11, step: 'clone' });
    await assertGoesOn(tasks);
    writeFileSync(join(directory, 'pids.max'), 'max');
    assert.equal(await tasks.run('next', 'exit 5'), 5);
  },
);
