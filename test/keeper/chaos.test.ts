// Tasks under a keeper whose processes and whose supervisor are killed, stopped, continued and replaced at random, from the first
// start on: every line of each task is there once, every end is as it was, and nothing is left. `npm run test:chaos` runs it with
// more tasks and more blows; a run prints its seed, RAW_EXEC_CHAOS_SEED runs it again.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import { isAtLeast } from '../../src/host/advice.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  holdersOf,
  keeperFolder,
  keepersOf,
  pumpsOf,
  reapersOf,
} from '../helpers/keeper-folder.ts';
import { containmentOf, keptTest } from '../helpers/kept-test.ts';
import { Blows, type Replaceable } from '../helpers/storm/blows.ts';
import { PluginSupervisor } from '../helpers/storm/plugin-supervisor.ts';
import { markedWith, openOf, signal } from '../helpers/storm/processes.ts';
import { makeRandom } from '../helpers/storm/random.ts';
import { type Storm, StormSupervisor } from '../helpers/storm/supervisor.ts';
import { assertEnd, linesOf, makeTasks } from '../helpers/storm/tasks.ts';
import { groupsIn, removeTree } from '../helpers/task-place.ts';
import { lastingFolder } from '../helpers/temporary-folder.ts';

const taskCount = Number(process.env['RAW_EXEC_CHAOS_TASKS'] ?? 24);
const blowCount = Number(process.env['RAW_EXEC_CHAOS_BLOWS'] ?? 12);
const seed = Number(process.env['RAW_EXEC_CHAOS_SEED'] ?? Date.now() % 1_000_000);

/** PIDFD_INFO_EXIT of ioctl_pidfd(2): from here on the kernel tells how an orphan has ended. */
const isAlwaysKnown = isAtLeast(release(), '6.15');

function prepare(t: TestContext): Storm {
  const mark = `${process.pid}`;
  const cgroupParent = `raw-exec-storm-${mark}`;
  // Where a Nomad client has the logs of an allocation.
  const directory = join(lastingFolder(t), 'alloc', 'logs');
  mkdirSync(directory, { recursive: true });
  // What a storm leaves that has failed must not outlive it.
  cleanUp(t, async () => {
    for (const path of groupsOf(cgroupParent)) {
      await eventually(`${path} is removed`, () => removeTree(path));
    }
  });
  const stateDirectory = keeperFolder(t);
  cleanUp(t, () => {
    for (const pid of markedWith(markOf(mark))) signal(pid, 'SIGKILL');
  });
  const tasks = makeTasks(taskCount, makeRandom(seed), { directory, mark });
  const containment = containmentOf(t);
  return { stateDirectory, directory, cgroupParent, containment, mark, tasks };
}

const markOf = (mark: string): string => `RAW_EXEC_STORM=${mark}`;

async function takeOver({
  stateDirectory,
  cgroupParent,
  containment,
  tasks,
}: Storm): Promise<RawExecDriver> {
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory, cgroupParent, containment },
  });
  for (const { task } of tasks) {
    await driver.recoverTask(
      { version: 1, driver: 'raw_exec', id: task.id, pid: 0, startedAt: new Date() },
      task,
    );
  }
  return driver;
}

async function assertLines({ directory, tasks }: Storm): Promise<void> {
  for (const { task, lines } of tasks) {
    await eventually(`all lines of ${task.name}`, () => {
      return linesOf(directory, task.name).length >= lines.length || undefined;
    });
    assert.deepEqual(linesOf(directory, task.name), lines, task.name);
  }
}

/** Under which the groups of the storm are, in all hierarchies. */
function groupsOf(cgroupParent: string): string[] {
  const root = '/sys/fs/cgroup';
  return ['', ...readdirSync(root)]
    .map((name) => join(root, name, cgroupParent))
    .filter((path) => existsSync(path));
}

async function assertNothingIsLeft(storm: Storm): Promise<void> {
  const { stateDirectory, directory, mark } = storm;
  await eventually('all processes of tasks are gone', () => {
    return markedWith(markOf(mark)).length === 0 || undefined;
  });
  await eventually('all records and FIFOs are gone', () => {
    return readdirSync(join(stateDirectory, 'tasks')).length === 0 || undefined;
  });
  // Their parent stays when the supervisor that has made it was killed: nobody else knows whose it is.
  const groups = groupsOf(storm.cgroupParent).flatMap(groupsIn);
  // So does what it was trying its place with; the next trial there removes that (test/cgroup).
  const isOfTask = (name: string): boolean => !/^(?:keeper|trial)-/.test(name);
  assert.deepEqual(groups.filter(isOfTask), []);
  await eventually(
    'all reapers are gone',
    () => reapersOf(stateDirectory).length === 0 || undefined,
  );
  assert.equal(keepersOf(stateDirectory).length, 1);
  assert.equal(holdersOf(stateDirectory).length, 1);
  const all = [keepersOf, holdersOf, pumpsOf].flatMap((kind) => kind(stateDirectory));
  const isLeft = (path: string): boolean =>
    path.startsWith(`${stateDirectory}/tasks/`) || path.startsWith(directory);
  await eventually('no descriptor of a task is left', () => {
    return all.flatMap(openOf).filter(isLeft).length === 0 || undefined;
  });
}

interface Supervisor extends Replaceable {
  untilItHasAll(): Promise<void>;
  end(): Promise<void>;
}

async function rage(t: TestContext, start: (storm: Storm) => Promise<Supervisor>): Promise<void> {
  t.diagnostic(`RAW_EXEC_CHAOS_SEED=${seed}`);
  const storm = prepare(t);
  const supervisor = await start(storm);
  const blows = new Blows(storm.stateDirectory, makeRandom(seed + 1), supervisor);
  cleanUp(t, () => {
    t.diagnostic(blows.done.join(', '));
    blows.goOn();
  });
  await eventually('the first task runs', () => {
    return markedWith(markOf(storm.mark)).length > 0 || undefined;
  });
  for (let blow = 0; blow < blowCount; blow += 1) await blows.strike();
  blows.goOn();
  await supervisor.untilItHasAll();
  const driver = await takeOver(storm);
  cleanUp(t, () => driver.close());
  // A reaper writes it down.
  const isKnown = isAlwaysKnown || storm.containment === 'reaper';
  for (const expected of storm.tasks) {
    const { attributes } = await driver.inspectTask(expected.task.id);
    const isOrphan = blows.orphans.has(Number(attributes['pid']));
    assertEnd(expected, await driver.waitTask(expected.task.id), !isKnown && isOrphan);
  }
  await assertLines(storm);
  for (const { task } of storm.tasks) await driver.destroyTask(task.id);
  await supervisor.end();
  await driver.close();
  await assertNothingIsLeft(storm);
}

keptTest(
  'Whatever is killed, stopped or replaced, no line is lost or doubled, every end is as it was, and nothing is left.',
  (t) => rage(t, async (storm) => new StormSupervisor(t, storm)),
);

test('The same holds for the tasks of a Nomad client, whose plugin is killed and replaced.', (t) =>
  rage(t, (storm) => PluginSupervisor.start(t, storm)));
