// Owner of a driver with a keeper of its own, and of the tasks that a test starts with it: all go with the test.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { TaskHandle, TaskLogs } from '../../src/driver/task.ts';
import { cleanUp } from './clean-up.ts';
import { eventually } from './eventually.ts';
import { keeperFolder } from './keeper-folder.ts';
import { containmentOf } from './kept-test.ts';
import { lastingFolder } from './temporary-folder.ts';

export interface KeptTasks {
  readonly driver: RawExecDriver;
  readonly stateDirectory: string;
  /** The tasks' own. */
  readonly folder: string;
  /** A shell in `folder`. */
  start(id: string, script: string, logs?: TaskLogs): Promise<TaskHandle>;
  /** A program that ends at once, with these arguments. */
  startWith(id: string, args: readonly string[]): Promise<TaskHandle>;
  /** Starts it, and gives its exit code. */
  run(id: string, script: string): Promise<number>;
  /** A task that runs until `finish`, and ends with 7 then. */
  startPatient(id: string): Promise<TaskHandle>;
  finish(id: string): void;
  /** Until a task has made this file in `folder`. */
  untilThere(name: string): Promise<void>;
}

/** @param stateDirectory from keeperFolder() */
export async function keptTasks(
  t: TestContext,
  stateDirectory: string = keeperFolder(t),
): Promise<KeptTasks> {
  const folder = lastingFolder(t);
  const driver = await RawExecDriver.create({
    config: { enabled: true },
    keeper: { stateDirectory, containment: containmentOf(t) },
  });
  const ids: string[] = [];
  cleanUp(t, () => driver.close());
  cleanUp(t, async () => {
    for (const id of ids) await driver.destroyTask(id, { force: true });
  });
  const startProgram = (id: string, driverConfig: object, logs?: TaskLogs): Promise<TaskHandle> => {
    ids.push(id);
    const env = { PATH: process.env['PATH'] ?? '' };
    const task = { id, name: id, taskDir: folder, env, driverConfig };
    return driver.startTask({ ...task, ...(logs !== undefined && { logs }) });
  };
  const start = (id: string, script: string, logs?: TaskLogs): Promise<TaskHandle> =>
    startProgram(id, { command: '/bin/sh', args: ['-c', script] }, logs);
  return {
    driver,
    stateDirectory,
    folder,
    start,
    startWith: (id, args) => startProgram(id, { command: '/bin/true', args }),
    run: async (id, script) => {
      await start(id, script);
      return (await driver.waitTask(id)).exitCode;
    },
    startPatient: (id) => start(id, `until [ -e ${id}.end ]; do sleep 0.02; done; exit 7`),
    finish: (id) => writeFileSync(join(folder, `${id}.end`), ''),
    untilThere: async (name) => {
      await eventually(`${name} is there`, () => existsSync(join(folder, name)) || undefined);
    },
  };
}

/** The single file of a log, which has not been rotated. */
export function logOf(directory: string, id: string): string {
  const file = join(directory, `${id}.stdout.0`);
  return existsSync(file) ? readFileSync(file, 'latin1') : '';
}
