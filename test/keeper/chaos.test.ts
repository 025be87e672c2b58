// Tasks under a keeper whose processes are killed and stopped at random, and whose supervisor is replaced: every line of each
// task is there once, and every end is as it was. `npm run test:chaos` runs it with more tasks; a run prints its seed,
// RAW_EXEC_CHAOS_SEED runs it again.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findTaskPlace, releaseTaskPlace } from '../../src/cgroup/task-place.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { DriverTask, TaskHandle } from '../../src/driver/task.ts';
import { isAtLeast } from '../../src/host/advice.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { holdersOf, keeperFolder, keepersOf, killAll, pumpsOf } from '../helpers/keeper-folder.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const place = await findTaskPlace();
if (!('none' in place)) await releaseTaskPlace(place);
const skip = 'none' in place ? `tasks of the keeper need groups: ${place.none}` : false;

const taskCount = Number(process.env['RAW_EXEC_CHAOS_TASKS'] ?? 24);
const blows = Number(process.env['RAW_EXEC_CHAOS_BLOWS'] ?? 8);
const seed = Number(process.env['RAW_EXEC_CHAOS_SEED'] ?? Date.now() % 1_000_000);
const linesEach = 400;

/** A linear congruential generator (Numerical Recipes): the same numbers for the same seed. */
function makeRandom(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Expected {
  readonly task: DriverTask;
  readonly handle: TaskHandle;
  readonly exitCode: number;
  readonly signal: number;
}

async function startAll(
  driver: RawExecDriver,
  directory: string,
  random: (below: number) => number,
): Promise<Expected[]> {
  const starts = Array.from({ length: taskCount }, async (_, index) => {
    const isKilled = random(4) === 0;
    const code = random(100);
    const end = isKilled ? 'kill -9 $$' : `exit ${code}`;
    const script = `i=0; while [ $i -lt ${linesEach} ]; do echo "$i of ${index}"; i=$((i+1)); [ $((i % 20)) -eq 0 ] && sleep 0.1; done; ${end}`;
    const task: DriverTask = {
      id: `chaos/${index}`,
      name: `task-${index}`,
      taskDir: directory,
      env: { PATH: process.env['PATH'] ?? '' },
      driverConfig: { command: '/bin/sh', args: ['-c', script] },
      logs: { directory, maxFiles: 1000, maxFileSizeBytes: 1024 },
    };
    const handle = await driver.startTask(task);
    return { task, handle, exitCode: isKilled ? 137 : code, signal: isKilled ? 9 : 0 };
  });
  return Promise.all(starts);
}

/** One process, or one kind of them, at a time: what is promised for both at once depends on the kernel. */
async function strike(stateDirectory: string, random: (below: number) => number): Promise<string> {
  const kinds = { keeper: keepersOf, holder: holdersOf, pump: pumpsOf } as const;
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const name = names[random(names.length)] ?? 'keeper';
  const pids = kinds[name](stateDirectory);
  killAll(pids);
  await eventually(`another ${name}`, () => {
    const now = kinds[name](stateDirectory);
    return name === 'pump' || now.some((pid) => !pids.includes(pid)) || undefined;
  });
  return name;
}

function linesOf(directory: string, name: string): string[] {
  const number = (file: string): number => Number(file.split('.').at(-1));
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.stdout.`))
    .sort((a, b) => number(a) - number(b))
    .flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n').slice(0, -1));
}

async function replaceSupervisor(
  stateDirectory: string,
  tasks: readonly Expected[],
): Promise<RawExecDriver> {
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory },
  });
  for (const { handle, task } of tasks) await driver.recoverTask(handle, task);
  return driver;
}

async function runChaos(t: TestContext): Promise<void> {
  t.diagnostic(`RAW_EXEC_CHAOS_SEED=${seed}`);
  const random = makeRandom(seed);
  const stateDirectory = keeperFolder(t);
  const directory = join(temporaryFolder(t), 'logs');
  mkdirSync(directory);
  let driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory },
  });
  let tasks: Expected[] = [];
  cleanUp(t, async () => {
    for (const { task } of tasks) await driver.destroyTask(task.id, { force: true });
    await driver.close();
  });
  tasks = await startAll(driver, directory, random);
  const struck: string[] = [];
  for (let blow = 0; blow < blows; blow += 1) {
    struck.push(await strike(stateDirectory, random));
    if (random(3) > 0) continue;
    await driver.close();
    driver = await replaceSupervisor(stateDirectory, tasks);
    struck.push('supervisor');
  }
  t.diagnostic(struck.join(', '));
  // Keeper and holder die one after the other: then the kernel has to tell.
  const isExact = isAtLeast(release(), '6.15');
  for (const { task, exitCode, signal } of tasks) {
    const exit = await driver.waitTask(task.id);
    if (!exit.isStatusKnown && !isExact) continue;
    assert.deepEqual([task.id, exit.exitCode, exit.signal], [task.id, exitCode, signal]);
  }
  for (const [index, { task }] of tasks.entries()) {
    const wanted = Array.from({ length: linesEach }, (_, line) => `${line} of ${index}`);
    await eventually(`all lines of ${task.name}`, () => {
      return linesOf(directory, task.name).length >= linesEach || undefined;
    });
    assert.deepEqual(linesOf(directory, task.name), wanted, task.name);
  }
}

test(
  'Whatever is killed, no line is lost or doubled, and every end is as it was.',
  {
    skip,
  },
  runChaos,
);
