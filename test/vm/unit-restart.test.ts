// A unit is restarted while its tasks live: what systemd does with KillMode=process, done by hand in groups of our own.

import assert from 'node:assert/strict';
import { spawn as spawnByNode } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { isAlive } from '../helpers/process-end.ts';

const slice = '/sys/fs/cgroup/system.slice';

let serial = 0;

interface Unit {
  readonly path: string;
  readonly supervisor: string;
  readonly task: string;
}

/** A unit's group with a controller on for the groups below it. */
function makeUnit(t: TestContext): Unit | undefined {
  if (process.env['RAW_EXEC_VM_MODE'] !== 'v2-restart') {
    t.skip('this needs a v2 hierarchy that no systemd owns: npm run test:vm -- --mode v2-restart');
    return undefined;
  }
  const path = join(slice, `raw-exec-restart-${process.pid}-${++serial}.service`);
  const unit = { path, supervisor: join(path, 'supervisor'), task: join(path, 'task') };
  mkdirSync(path);
  writeFileSync(join(path, 'cgroup.subtree_control'), '+memory +pids');
  for (const group of [unit.supervisor, unit.task]) mkdirSync(group);
  t.after(async () => {
    for (const group of [unit.supervisor, unit.task]) await endGroup(group);
    rmdirSync(path);
  });
  return unit;
}

function members(group: string): readonly number[] {
  return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
}

function killMember(pid: number): void {
  try {
    // eslint-disable-next-line no-restricted-syntax -- a member of a group that this test has made
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended since the list was read.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Without cgroup.kill too: 5.10 has none. */
async function endGroup(group: string): Promise<void> {
  await eventually(`${group} is empty`, () => {
    for (const pid of members(group)) killMember(pid);
    return members(group).length === 0 || undefined;
  });
  await eventually(`${group} is removed`, () => {
    if (!existsSync(group)) return true;
    try {
      rmdirSync(group);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return undefined;
      throw error;
    }
  });
}

/** Starts the supervisor, and waits for the task that it starts. */
async function startSupervisor(unit: Unit): Promise<{ task: number; kill: () => Promise<void> }> {
  const args = [fixture('unit-supervisor.mjs'), moduleUrl('process/spawn')];
  const node = spawnByNode(process.execPath, [...args, unit.supervisor, unit.task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(node, 'close');
  let output = '';
  node.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  const line = await eventually('a task', () => /^task (\d+)\n/.exec(output)?.[1]);
  return {
    task: Number(line),
    kill: async () => {
      node.kill('SIGKILL');
      await ended;
    },
  };
}

test('A supervisor that is killed leaves its task alone, and a new one starts in the same unit beside it.', async (t) => {
  const unit = makeUnit(t);
  if (unit === undefined) return;
  const first = await startSupervisor(unit);
  await first.kill();
  assert.ok(isAlive(first.task));
  assert.deepEqual(members(unit.task), [first.task]);
  const second = await startSupervisor(unit);
  assert.deepEqual(
    [...members(unit.task)].sort((a, b) => a - b),
    [first.task, second.task].sort((a, b) => a - b),
  );
  await second.kill();
  assert.ok(isAlive(second.task));
});

test('The unit’s own group takes no process while controllers are on for the tasks: the supervisor needs a group of its own.', (t) => {
  const unit = makeUnit(t);
  if (unit === undefined) return;
  assert.throws(() => writeFileSync(join(unit.path, 'cgroup.procs'), '0'), { code: 'EBUSY' });
});
