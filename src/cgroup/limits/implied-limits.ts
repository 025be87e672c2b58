// Pure: the limits that a job's resources imply, by Nomad's rules.

import type { TaskLimits } from './task-limits.ts';

/** A task's `resources` as the job file has them. */
export interface JobResources {
  /** MHz. */
  readonly cpu?: number;
  /** Whole CPUs. */
  readonly cores?: number;
  /** CPUs that a scheduler has chosen for the task, as a list such as `0-3,7`. Not with `cores`. */
  readonly cpusetCpus?: string;
  readonly memoryMb?: number;
  /** -1: no hard limit. 0 or absent: `memoryMb` is the hard limit. */
  readonly memoryMaxMb?: number;
}

const bytesPerMb = 1024 * 1024;
const leastShares = 2;
const mostShares = 262_144;

/**
 * `memory_max` makes `memory` the soft limit and is the hard one itself, or takes the hard one away when it is -1.
 * MHz are shares, clipped to what the kernel takes.
 */
export function impliedLimits(resources: JobResources): TaskLimits {
  const { cpu = 0, cores = 0, memoryMb = 0, memoryMaxMb = 0, cpusetCpus = '' } = resources;
  const memoryBytes = memoryMb * bytesPerMb;
  const soft = memoryMb > 0 && memoryMaxMb !== 0 ? { memoryLowBytes: memoryBytes } : {};
  let hard: Pick<TaskLimits, 'memoryMaxBytes'> = {};
  if (memoryMaxMb < 0) hard = { memoryMaxBytes: 'max' };
  else if (memoryMaxMb > 0) hard = { memoryMaxBytes: memoryMaxMb * bytesPerMb };
  else if (memoryMb > 0) hard = { memoryMaxBytes: memoryBytes };
  return {
    ...hard,
    ...soft,
    ...(cpu > 0 && { cpuShares: Math.min(mostShares, Math.max(leastShares, Math.round(cpu))) }),
    ...(cores > 0 && { cores }),
    ...(cpusetCpus !== '' && { cpusetCpus }),
  };
}
