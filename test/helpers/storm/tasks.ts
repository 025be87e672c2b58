// Owner of the tasks of a storm: what they write, how they end, and whether both have arrived.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverTask } from '../../../src/driver/task.ts';
import type { TaskExit } from '../../../src/driver/task-host.ts';
import { oneOf, type Random } from './random.ts';

export interface StormTask {
  readonly task: DriverTask;
  /** Each once, in this order. */
  readonly lines: readonly string[];
  readonly exitCode: number;
  readonly signal: number;
}

/** HUP, INT, QUIT, ABRT, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM. */
const signals = [1, 2, 3, 6, 9, 10, 11, 12, 13, 14, 15];
const lineCount = 400;

/** In bursts, for two seconds and more: long enough for what strikes meanwhile, of lines that rotate a file every 60. */
export function makeTasks(
  count: number,
  random: Random,
  place: { readonly directory: string; readonly mark: string },
): StormTask[] {
  return Array.from({ length: count }, (_, index) => {
    const signal = random(3) === 0 ? oneOf(random, signals) : 0;
    const code = random(100);
    const end = signal === 0 ? `exit ${code}` : `ulimit -c 0; kill -${signal} $$`;
    const script = `i=0; while [ $i -lt ${lineCount} ]; do echo "$i of ${index}"; i=$((i+1)); [ $((i % 20)) -eq 0 ] && sleep 0.1; done; ${end}`;
    const task: DriverTask = {
      id: `storm/${index}`,
      name: `task-${index}`,
      taskDir: place.directory,
      env: { PATH: process.env['PATH'] ?? '', RAW_EXEC_STORM: place.mark },
      driverConfig: { command: '/bin/sh', args: ['-c', script] },
      logs: { directory: place.directory, maxFiles: 1000, maxFileSizeBytes: 1024 },
    };
    const lines = Array.from({ length: lineCount }, (__, line) => `${line} of ${index}`);
    return { task, lines, exitCode: signal === 0 ? code : 128 + signal, signal };
  });
}

/** All of stdout, oldest first. The last line may not be there as a whole yet. */
export function linesOf(directory: string, name: string): string[] {
  const number = (file: string): number => Number(file.split('.').at(-1));
  return readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.stdout.`))
    .sort((a, b) => number(a) - number(b))
    .map((file) => readFileSync(join(directory, file), 'utf8'))
    .join('')
    .split('\n')
    .slice(0, -1);
}

/** @param mayBeUnknown whether nobody could see the end, by docs/durability.md, on this kernel */
export function assertEnd(
  { task, exitCode, signal }: StormTask,
  exit: TaskExit,
  mayBeUnknown: boolean,
): void {
  if (!exit.isStatusKnown && mayBeUnknown) return;
  assert.deepEqual(
    [task.id, exit.isStatusKnown, exit.exitCode, exit.signal],
    [task.id, true, exitCode, signal],
  );
}
