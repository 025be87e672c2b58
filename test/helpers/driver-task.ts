// Owner of one driver and of the folder of its tasks per test; both go with the test.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { DriverTask } from '../../src/driver/task.ts';
import { cleanUp } from './clean-up.ts';
import { eventually } from './eventually.ts';
import { hostOf } from './host-test.ts';
import { repoRoot } from './repo-root.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A driver, and tasks for it whose output goes to files. */
export interface DriverFixture {
  readonly driver: RawExecDriver;
  readonly taskDir: string;
  /** A task that runs a shell script of test/fixtures/driver. */
  scriptTask(script: string, changes?: Partial<DriverTask>): DriverTask;
  /** A task with this `config` block. */
  configTask(config: unknown, changes?: Partial<DriverTask>): DriverTask;
  stdout(): string;
  /** Waits for a line in the output. */
  untilLine(line: string): Promise<void>;
  /** What stands behind `key=` in the output; waits for the line. */
  fact(key: string): Promise<string>;
}

/** @param config the driver's own, beside `enabled` */
export async function makeDriver(t: TestContext, config: object = {}): Promise<DriverFixture> {
  const taskDir = join(temporaryFolder(t), 'task');
  mkdirSync(join(taskDir, 'local'), { recursive: true });
  const host = hostOf(t);
  const driver = await RawExecDriver.create({
    config: { enabled: true, ...config },
    ...(host && { host }),
  });
  const started = new Set<string>();
  driver.on('taskEvent', ({ kind, taskId }) => {
    if (kind === 'started') started.add(taskId);
    if (kind === 'destroyed') started.delete(taskId);
  });
  cleanUp(t, async () => {
    // Tasks of a host that outlives us have to be ended by hand.
    if (driver.capabilities.outlivesSupervisor) {
      for (const id of started) await ignoringClosed(driver.destroyTask(id, { force: true }));
    }
    await driver.close();
  });
  const stdoutPath = join(taskDir, 'stdout');
  const stdout = (): string => readFileSync(stdoutPath, 'utf8');
  const lines = (): readonly string[] => stdout().split('\n').slice(0, -1);
  const configTask: DriverFixture['configTask'] = (driverConfig, changes = {}) => ({
    id: 'alloc/task/1',
    name: 'task',
    allocId: 'alloc',
    driverConfig,
    env: { PATH: process.env['PATH'] ?? '' },
    taskDir,
    stdoutPath,
    ...changes,
  });
  return {
    driver,
    taskDir,
    configTask,
    stdout,
    scriptTask: (script, changes) => {
      const file = join(repoRoot, 'test/fixtures/driver', script);
      return configTask({ command: '/bin/sh', args: [file] }, changes);
    },
    untilLine: async (line) => {
      await eventually(`a line ${line}`, () => lines().includes(line) || undefined);
    },
    fact: (key) =>
      eventually(`a line ${key}=`, () => {
        const line = lines().find((candidate) => candidate.startsWith(`${key}=`));
        return line?.slice(key.length + 1);
      }),
  };
}

/** The test itself may have closed the driver. */
/** For what is cleaned up after a test that may have closed its driver. */
export async function ignoringClosed(promise: Promise<void>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_CLOSED')) throw error;
  }
}
