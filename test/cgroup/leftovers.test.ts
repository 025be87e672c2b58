// Groups that a dead process has left behind, told from those of the living and of others.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { identityOf, OwnerStates, ownIdentity } from '../../src/cgroup/group-owner.ts';
import type { LeftoverGroup } from '../../src/cgroup/leftover-groups.ts';
import { TaskCgroups } from '../../src/cgroup/task-cgroups.ts';
import { native } from '../../src/native.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { compiledProgram } from '../helpers/library.ts';
import { groupsIn, makePlace, type PlaceWish, type TestPlace } from '../helpers/task-place.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

guardAgainstLeaks();

/** Both ways to keep groups: in version 2, and in version 1 alone. */
const wishes: readonly PlaceWish[] = [{ v1: ['pids'] }, { v2: false, v1: ['pids', 'memory'] }];

function directoriesOf({ parent }: TestPlace): readonly string[] {
  return [parent.v2, ...parent.v1.map(({ directory }) => directory)].filter(
    (path) => path !== undefined,
  );
}

/** A process that opens a group for each task, runs a sleeper in that of the first, and waits to be killed. */
async function startMaker(
  t: TestContext,
  place: TestPlace,
  tasks: readonly string[],
): Promise<SpawnedProcess> {
  const program = compiledProgram('group-maker-program');
  const maker = spawn(process.execPath, [program, JSON.stringify({ place, tasks })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp(t, async () => {
    maker.kill('SIGKILL');
    await maker.exited;
  });
  let text = '';
  maker.stdout?.on('data', (part: Buffer) => {
    text += part.toString();
  });
  await eventually('the maker is ready', () => (text.includes('ready') ? true : undefined));
  return maker;
}

for (const wish of wishes) {
  const where = wish.v2 === false ? 'version 1' : 'version 2';
  test(`Groups of a dead process are reaped with what runs in them, those of a living one are kept (${where}).`, async (t) => {
    const place = makePlace(t, wish);
    if (place === undefined) return;
    const directories = directoriesOf(place);
    const groups = new TaskCgroups(place, { join: place.controllers, poolSize: 0 });
    cleanUp(t, () => groups.reapLeftovers());
    const mine = groups.open('mine');
    mkdirSync(join(directories[0] ?? '', "somebody's"));
    mkdirSync(join(directories[0] ?? '', '12.x'));
    const living = await startMaker(t, place, ['living']);
    const dead = await startMaker(t, place, ['dead/1', 'dead/2', 'claimed']);
    const sleepers = join(directories[0] ?? '', `${dead.pid}.1`, 'cgroup.procs');
    assert.match(readFileSync(sleepers, 'utf8'), /^\d+\n$/);
    assert.equal((await groups.reapLeftovers()).removed.length, 0);
    dead.kill('SIGKILL');
    await dead.exited;

    const asked: LeftoverGroup[] = [];
    const report = await groups.reapLeftovers((group) => {
      asked.push(group);
      return group.taskId === 'claimed';
    });
    assert.deepEqual(asked.map(({ taskId }) => taskId).sort(), ['claimed', 'dead/1', 'dead/2']);
    assert.ok(asked.every(({ ownerPid }) => ownerPid === dead.pid));
    assert.ok(asked.every((group) => group.directories.length === directories.length));
    assert.deepEqual(report.failed, []);
    assert.deepEqual([...report.removed].sort(), [`${dead.pid}.1`, `${dead.pid}.2`]);
    for (const directory of directories) {
      const left = groupsIn(directory).filter((name) => /^\d+\.\d+$/.test(name));
      assert.equal(left.length, 3);
      assert.ok(left.includes(`${living.pid}.1`));
      assert.ok(left.includes(`${dead.pid}.3`));
    }
    assert.ok(existsSync(join(directories[0] ?? '', "somebody's")));
    assert.ok(existsSync(join(directories[0] ?? '', '12.x')));
    living.kill('SIGKILL');
    await living.exited;
    assert.equal((await groups.reapLeftovers()).removed.length, 2);
    await mine.remove();
  });
}

test('A group that a keeper may still take over is kept, until its state directory is gone.', async (t) => {
  const place = makePlace(t);
  if (place === undefined) return;
  if (
    native.readAttribute(place.parent.v2 ?? '', 'user.raw-exec.owner') !== -constants.errno.ENODATA
  ) {
    t.skip('this kernel keeps no marks on groups');
    return;
  }
  const groups = new TaskCgroups(place, { poolSize: 0 });
  cleanUp(t, () => groups.close());
  const stateDirectory = temporaryFolder(t);
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const owner = identityOf(child.pid);
  assert.ok(owner !== undefined);
  child.kill('SIGKILL');
  await child.exited;
  const group = groups.open('kept');
  group.giveTo({ owners: [owner], stateDirectory });
  const name = (group.paths.v2 ?? '').split('/').at(-1);

  assert.deepEqual((await groups.reapLeftovers()).kept, [name], 'by a host of another directory');
  const asked: LeftoverGroup[] = [];
  const own = await groups.reapLeftovers(
    (leftover) => {
      asked.push(leftover);
      return true;
    },
    // The same directory by another name.
    { stateDirectory: `${stateDirectory}/.` },
  );
  assert.deepEqual([asked.map(({ taskId }) => taskId), own.kept], [['kept'], [name]]);
  rmSync(stateDirectory, { recursive: true });
  assert.deepEqual((await groups.reapLeftovers()).removed, [name]);
  await group.remove();
});

test("A name like ours without a mark is somebody else's, though no process has its pid.", async (t) => {
  const place = makePlace(t);
  if (place === undefined) return;
  const groups = new TaskCgroups(place, { poolSize: 0 });
  const parent = place.parent.v2 ?? '';
  if (native.readAttribute(parent, 'user.raw-exec.owner') !== -constants.errno.ENODATA) {
    t.skip('this kernel keeps no marks on groups');
    return;
  }
  const child = spawn('true', [], { stdio: 'ignore' });
  await child.exited;
  mkdirSync(join(parent, `${child.pid}.7`));
  const { removed, kept } = await groups.reapLeftovers();
  assert.deepEqual(removed, []);
  assert.deepEqual(kept, [`${child.pid}.7`]);
  await groups.close();
  await assert.rejects(groups.reapLeftovers(), { code: 'ERR_CGROUP_CLOSED' });
});

test('A name that a dead process with our pid has left is passed over.', async (t) => {
  const place = makePlace(t, { v1: ['pids'] });
  if (place === undefined) return;
  const groups = new TaskCgroups(place, { join: ['pids'], poolSize: 2 });
  const first = groups.open('first');
  const serial = Number(/\d+$/.exec(first.paths.v2 ?? '')?.[0]);
  // In one hierarchy only: what was made in the other before is undone.
  for (const ahead of [1, 2, 3, 4, 5, 6]) {
    mkdirSync(join(place.parent.v1[0]?.directory ?? '', `${process.pid}.${serial + ahead}`));
  }
  await groups.fillPool();
  const second = groups.open('second');
  assert.ok(Number(/\d+$/.exec(second.paths.v2 ?? '')?.[0]) > serial + 6);
  await Promise.all([first.remove(), second.remove()]);
  await groups.close();
  assert.deepEqual(groupsIn(place.parent.v2), []);
});

test('Without marks the pid in the name says whether the maker lives.', async () => {
  const child = spawn('true', [], { stdio: 'ignore' });
  await child.exited;
  const states = new OwnerStates();
  assert.equal(states.stateOfPid(process.pid), 'alive');
  assert.equal(states.stateOfPid(child.pid), 'dead');
});

test('Nothing is said about an owner in another pid namespace, whatever its boot id is.', () => {
  const states = new OwnerStates();
  const own = ownIdentity();
  assert.equal(states.stateOf(own), 'alive');
  assert.equal(states.stateOf({ ...own, bootId: 'another' }), 'dead');
  const elsewhere = { ...own, bootId: 'another', pidNamespace: 'pid:[1]' };
  assert.equal(states.stateOf(elsewhere), 'unknown');
});

test('A leftover whose freezer was left closed is thawed, and goes.', async (t) => {
  for (const wish of [{ v1: ['freezer'] }, { v2: false, v1: ['freezer'] }]) {
    const place = makePlace(t, wish);
    if (place === undefined) return;
    const groups = new TaskCgroups(place, { join: ['freezer'], poolSize: 0 });
    const dead = await startMaker(t, place, ['frozen']);
    const freezer = join(place.parent.v1[0]?.directory ?? '', `${dead.pid}.1`);
    mkdirSync(join(freezer, 'below'));
    const state = join(freezer, 'freezer.state');
    cleanUp(t, () => (existsSync(state) ? writeFileSync(state, 'THAWED') : undefined));
    await eventually('it is frozen', () => {
      // Again and again: whom the kernel has missed it does not try by itself a second time, as 6.1 has shown.
      writeFileSync(state, 'FROZEN');
      return /FROZEN/.test(readFileSync(state, 'utf8')) || undefined;
    });
    dead.kill('SIGKILL');
    await dead.exited;
    const { removed, failed } = await groups.reapLeftovers();
    assert.deepEqual(failed, []);
    assert.deepEqual(removed, [`${dead.pid}.1`]);
    await groups.close();
  }
});
