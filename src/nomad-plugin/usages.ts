// Owner of the sample before, in a stream of what a task uses: a share of time needs two.

import { cpus } from 'node:os';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { monotonicNowMs } from '../clock.ts';
import { taskResourceUsage } from '../driver/nomad-task-usage.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { TaskUsage } from '../driver/task-host.ts';
import { hasErrorCode } from '../system-code.ts';
import { taskNotFound } from './grpc-errors.ts';
import { taskStats } from './task-usage.ts';
import type { TaskStatsResponseSchema } from './wire/driver_pb.ts';

interface Sample {
  readonly sample: TaskUsage;
  readonly atMs: number;
}

let speedMHz: number | undefined;

export async function* usages(
  driver: RawExecDriver,
  id: string,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof TaskStatsResponseSchema>, void, undefined> {
  speedMHz ??= cpus()[0]?.speed ?? 0;
  let before: Sample | undefined;
  for await (const sample of streamOf(driver, id, Math.max(10, intervalMs), signal)) {
    const after = { sample, atMs: monotonicNowMs() };
    const usage = taskResourceUsage({ before: before ?? after, after }, speedMHz);
    yield { stats: taskStats(id, sample.takenAt, usage) };
    before = after;
  }
}

function streamOf(
  driver: RawExecDriver,
  id: string,
  intervalMs: number,
  signal: AbortSignal,
): AsyncIterable<TaskUsage> {
  try {
    return driver.taskStatsStream(id, { intervalMs, signal });
  } catch (error) {
    throw hasErrorCode(error, ['ERR_TASK_UNKNOWN']) ? taskNotFound(id) : error;
  }
}
