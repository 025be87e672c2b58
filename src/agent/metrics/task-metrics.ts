// Owner of nothing; asks the driver: what each running task uses and has written.

import { cpus } from 'node:os';
import type { LogCounters, TaskLogStatus } from '../../driver/log-status.ts';
import { type ResourceUsage, taskResourceUsage } from '../../driver/nomad-task-usage.ts';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import type { TaskUsage } from '../../driver/task-host.ts';
import { hasErrorCode } from '../../system-code.ts';
import { instanceId } from '../instance-id.ts';
import type { AllocationRecord } from '../state/records.ts';
import type { Labels, Metric, Sample } from './metric.ts';
import type { PairedSamples } from './paired-samples.ts';

/** A running task at one moment. */
export interface TaskLook {
  readonly labels: Labels;
  readonly usage: ResourceUsage;
  /** Undefined when its output is not logged. */
  readonly logs: TaskLogStatus | undefined;
}

interface Sources {
  readonly driver: RawExecDriver;
  readonly rates: PairedSamples<TaskUsage>;
}

/** How many tasks are asked about together. */
const atOnce = 128;

export async function lookAtTasks(
  allocations: readonly AllocationRecord[],
  sources: Sources,
): Promise<readonly TaskLook[]> {
  const running = allocations.flatMap((record) =>
    Object.entries(record.tasks)
      .filter(([, { state }]) => state === 'running')
      .map(([name, { instance }]) => ({ record, name, id: instanceId(record.id, name, instance) })),
  );
  const cpuMHz = cpus()[0]?.speed ?? 0;
  const looks: TaskLook[] = [];
  for (let from = 0; from < running.length; from += atOnce) {
    const some = running.slice(from, from + atOnce).map(async ({ record, name, id }) => {
      const pair = await sources.rates.pair(id);
      if (pair === undefined) return [];
      const { ResourceUsage: usage } = taskResourceUsage(pair, cpuMHz);
      const labels = {
        job: record.jobId,
        task_group: record.group,
        task: name,
        alloc_id: record.id,
      };
      return [{ labels, usage, logs: await logsOf(sources.driver, id) }];
    });
    looks.push(...(await Promise.all(some)).flat());
  }
  return looks;
}

export function taskMetrics(looks: readonly TaskLook[]): Metric[] {
  const used = (name: string, help: string, of: (usage: ResourceUsage) => number): Metric => ({
    name: `nomad.client.allocs.${name}`,
    help,
    kind: 'gauge',
    samples: looks.map(({ labels, usage }) => ({ labels, value: of(usage) })),
  });
  const logged = (name: string, help: string, of: (log: LogCounters) => number): Metric => ({
    name: `raw_exec.task.log.${name}.total`,
    help,
    kind: 'counter',
    samples: looks.flatMap((look) => streamSamples(look, of)),
  });
  return [
    used('cpu.total_percent', 'CPU time, in percent of one CPU.', (one) => one.CpuStats.Percent),
    used('cpu.user', 'CPU time in programs, in percent.', (one) => one.CpuStats.UserMode),
    used('cpu.system', 'CPU time in the kernel, in percent.', (one) => one.CpuStats.SystemMode),
    used('cpu.total_ticks', 'CPU time, in MHz.', (one) => one.CpuStats.TotalTicks),
    used(
      'cpu.throttled_periods',
      'Periods in which its CPU limit has stopped it.',
      (one) => one.CpuStats.ThrottledPeriods,
    ),
    used('memory.rss', 'Memory without files, in bytes.', (one) => one.MemoryStats.RSS),
    used('memory.cache', 'Memory of files, in bytes.', (one) => one.MemoryStats.Cache),
    used('memory.swap', 'Memory that is swapped out, in bytes.', (one) => one.MemoryStats.Swap),
    used('memory.usage', 'All memory of its group, in bytes.', (one) => one.MemoryStats.Usage),
    used('memory.max_usage', 'The most that it was, in bytes.', (one) => one.MemoryStats.MaxUsage),
    logged('written_bytes', 'Output that was written to its log files.', (log) => log.bytes),
    logged('dropped_bytes', 'Output that was dropped on a full disk.', (log) => log.droppedBytes),
    logged('rotations', 'Log files that were begun.', (log) => log.rotations),
  ];
}

function streamSamples({ labels, logs }: TaskLook, of: (log: LogCounters) => number): Sample[] {
  return (['stdout', 'stderr'] as const).flatMap((stream) => {
    const log = logs?.[stream];
    return log ? [{ labels: { ...labels, stream }, value: of(log) }] : [];
  });
}

async function logsOf(driver: RawExecDriver, id: string): Promise<TaskLogStatus | undefined> {
  try {
    return await driver.taskLogStatus(id);
  } catch (error) {
    // It is not logged, or has ended since.
    if (hasErrorCode(error, ['ERR_NOT_SUPPORTED', 'ERR_TASK_UNKNOWN'])) return undefined;
    throw error;
  }
}
