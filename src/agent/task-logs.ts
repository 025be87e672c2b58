// Owner of where the output of a task goes: through this process, which watches it, or to files that the driver's host writes.

import type { FileHandle } from 'node:fs/promises';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { DriverTask } from '../driver/task.ts';
import { messageOf } from '../message-of.ts';
import { openLogFile, pumpOutput } from './output-pump.ts';
import type { PreparedTask } from './prepared-task.ts';
import type { OutputStream, RunListener } from './run-listener.ts';

/** The output of all instances of one task. */
export interface TaskLogFiles {
  /** What the driver is to do with it. */
  readonly forDriver: Pick<DriverTask, 'pipeOutput' | 'logs'>;
  /** Before the first instance. */
  open(): Promise<void>;
  /** Resolves when all of an instance's output is through. `ended`: its exit. */
  follow(id: string, ended: Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

const bytesPerMB = 1024 * 1024;

/** The host writes and rotates them, also while this process does not live. */
export function hostLogs({ task, allocation }: PreparedTask): TaskLogFiles {
  const { isDisabled, maxFiles, maxFileSizeMB } = task.logs;
  const directory = allocation.paths.logs;
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    forDriver: isDisabled
      ? {}
      : { logs: { directory, maxFiles, maxFileSizeBytes: maxFileSizeMB * bytesPerMB } },
    open: nothing,
    follow: nothing,
    close: nothing,
  };
}

/** Every byte goes to the listener, too. */
export function watchedLogs(
  prepared: PreparedTask,
  driver: RawExecDriver,
  listener: RunListener,
): TaskLogFiles {
  const { paths, task } = prepared;
  const files = new Map<OutputStream, FileHandle>();
  const follow = async (id: string, name: OutputStream, ended: Promise<unknown>): Promise<void> => {
    const stream = driver.taskOutput(id)[name];
    if (stream === null) return;
    const sink = {
      write: (chunk: Buffer) => listener.output(prepared, name, chunk),
      logFailed: (error: unknown) =>
        listener.problem(prepared, `its ${name} is no longer logged: ${messageOf(error)}`),
    };
    await pumpOutput(stream, files.get(name), sink, ended);
  };
  return {
    forDriver: { pipeOutput: !task.logs.isDisabled },
    async open() {
      if (task.logs.isDisabled) return;
      files.set('stdout', await openLogFile(paths.stdoutLog));
      files.set('stderr', await openLogFile(paths.stderrLog));
    },
    async follow(id, ended) {
      if (task.logs.isDisabled) return;
      await Promise.all([follow(id, 'stdout', ended), follow(id, 'stderr', ended)]);
    },
    async close() {
      await Promise.all([...files.values()].map((file) => file.close()));
    },
  };
}
