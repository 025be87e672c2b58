/** What Nomad takes for a field that a job does not have, by the job's type. Pure. */
import type { EphemeralDisk, JobType, Logs, Reschedule, Resources, Restart } from './job-model.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Defaults that are the same for all jobs. */
export const jobDefaults: {
  readonly type: JobType;
  readonly namespace: string;
  readonly region: string;
  readonly priority: number;
  readonly datacenters: readonly string[];
} = {
  type: 'service',
  namespace: 'default',
  region: 'global',
  priority: 50,
  datacenters: ['*'],
};

/** The driver's grace between kill_signal and SIGKILL. */
export const defaultKillTimeoutMs: number = 5 * secondMs;

/** The disk space of an allocation. */
export const defaultEphemeralDisk: EphemeralDisk = { sizeMB: 300, migrate: false, sticky: false };

/** Log files of one stream. */
export const defaultLogs: Logs = { maxFiles: 10, maxFileSizeMB: 10, isDisabled: false };

/** What a task is given that asks for nothing. */
export const defaultResources: Resources = {
  cpuMHz: 100,
  cores: 0,
  memoryMB: 300,
  memoryMaxMB: 0,
  networks: [],
};

/** The restart policy of a job's type. */
export function defaultRestart(type: JobType): Restart {
  const isService = type === 'service' || type === 'system';
  return {
    attempts: isService ? 2 : 3,
    intervalMs: isService ? 30 * minuteMs : 24 * hourMs,
    delayMs: 15 * secondMs,
    mode: 'fail',
    renderTemplates: false,
  };
}

/** The reschedule policy of a job's type. */
export function defaultReschedule(type: JobType): Reschedule {
  switch (type) {
    case 'service':
      return {
        attempts: 0,
        intervalMs: 0,
        delayMs: 30 * secondMs,
        delayFunction: 'exponential',
        maxDelayMs: hourMs,
        unlimited: true,
      };
    case 'batch':
      return {
        attempts: 1,
        intervalMs: 24 * hourMs,
        delayMs: 5 * secondMs,
        delayFunction: 'constant',
        maxDelayMs: 0,
        unlimited: false,
      };
    case 'system':
    case 'sysbatch':
      return {
        attempts: 0,
        intervalMs: 0,
        delayMs: 0,
        delayFunction: 'constant',
        maxDelayMs: 0,
        unlimited: false,
      };
  }
}
