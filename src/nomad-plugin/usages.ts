// Owner of the sample before, in a stream of what a task uses: a share of time needs two.

import { cpus } from 'node:os';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { monotonicNowMs } from '../clock.ts';
import { taskResourceUsage } from '../driver/nomad-task-usage.ts';
import type { RawExecDriver } from '../driver/raw-exec-driver.ts';
import type { TaskUsage } from '../driver/task-host.ts';
import { taskStats } from './task-usage.ts';
import type { TaskStatsResponseSchema } from './wire/driver_pb.ts';

interface Sample {
  readonly sample: TaskUsage;
  readonly atMs: number;
}

/** The driver takes no shorter ones. */
const shortestMs = 10;

let speedMHz: number | undefined;

export async function* usages(
  driver: RawExecDriver,
  id: string,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof TaskStatsResponseSchema>, void, undefined> {
  speedMHz ??= cpus()[0]?.speed ?? 0;
  const options = { intervalMs: Math.max(shortestMs, intervalMs), signal };
  let before: Sample | undefined;
  for await (const sample of driver.taskStatsStream(id, options)) {
    const after = { sample, atMs: monotonicNowMs() };
    const usage = taskResourceUsage({ before: before ?? after, after }, speedMHz);
    yield { stats: taskStats(id, sample.takenAt, usage) };
    before = after;
  }
}
