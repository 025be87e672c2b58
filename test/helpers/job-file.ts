// Makes job files for tests, in the JSON of the API: what a job says is in the test, not how it is written.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A task that runs a script of the shell; more fields by their names in the API. */
export function shellTask(name: string, script: string, fields: object = {}): object {
  return {
    Name: name,
    Driver: 'raw_exec',
    Config: { command: '/bin/sh', args: ['-c', script] },
    ...fields,
  };
}

export function taskGroup(name: string, tasks: readonly object[], fields: object = {}): object {
  return { Name: name, Tasks: tasks, ...fields };
}

/** A directory that is gone after the test. */
export async function temporaryDirectory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'raw-exec-cli-test-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** @returns the path of a file that is gone after the test. */
export async function jobFile(
  t: TestContext,
  groups: readonly object[],
  fields: object = {},
): Promise<string> {
  const path = join(await temporaryDirectory(t), 'job.json');
  await writeFile(
    path,
    JSON.stringify({ ID: 'test', Type: 'batch', TaskGroups: groups, ...fields }),
  );
  return path;
}

/** The same with one group. */
export function jobOf(t: TestContext, ...tasks: readonly object[]): Promise<string> {
  return jobFile(t, [taskGroup('group', tasks)]);
}
