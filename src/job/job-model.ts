/**
 * The job as the rest of the program sees it, whatever it was written in. Pure: types only.
 *
 * The words are Nomad's, in camelCase. Durations are milliseconds and end in `Ms` (a fraction where the file asked for less
 * than one); sizes are megabytes and end in `MB`. Every default is already filled in: see job-defaults.ts.
 */
import type { Range } from './hcl/syntax.ts';

/** A value as JSON knows it: what `config`, and everything that is kept without being acted on, is made of. */
export type JobValue =
  | null
  | boolean
  | number
  | string
  | readonly JobValue[]
  | { readonly [key: string]: JobValue };

/** A block of {@link JobValue}s by name. */
export interface JobObject {
  readonly [key: string]: JobValue;
}

/** The kinds of job: they decide the defaults, and which exits are a success. */
export type JobType = 'service' | 'batch' | 'sysbatch' | 'system';

/** A whole job. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly type: JobType;
  readonly namespace: string;
  readonly region: string;
  readonly priority: number;
  readonly datacenters: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  readonly constraints: readonly Constraint[];
  readonly groups: readonly TaskGroup[];
  /** What the file says beyond the above, as the API's JSON has it (its names, durations in nanoseconds): kept, and not acted on. */
  readonly notHonoured: JobObject;
}

/** Tasks that are placed together and share an allocation directory and a network. */
export interface TaskGroup {
  readonly name: string;
  readonly count: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly constraints: readonly Constraint[];
  readonly restart: Restart;
  readonly reschedule: Reschedule;
  readonly networks: readonly Network[];
  readonly ephemeralDisk: EphemeralDisk;
  readonly shutdownDelayMs: number;
  readonly tasks: readonly Task[];
  readonly notHonoured: JobObject;
}

/** One program to run. */
export interface Task {
  readonly name: string;
  readonly driver: string;
  /** Whom the task runs as; absent means the user that runs the agent. `${name}` not yet replaced. */
  readonly user?: string;
  /**
   * The driver's block after the first evaluation: each string is still an HCL template for the second one, which
   * `evaluateTaskConfig` does when the task starts.
   */
  readonly config: JobObject;
  /** Where each value of `config` stands in the file, by JSON pointer (`/args/0`); the empty pointer is the block. */
  readonly configRanges: ReadonlyMap<string, Range>;
  /** `${name}` in the values is not yet replaced. */
  readonly env: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
  readonly constraints: readonly Constraint[];
  readonly resources: Resources;
  readonly logs: Logs;
  readonly restart: Restart;
  readonly lifecycle?: Lifecycle;
  /** Absent means the driver's default, SIGINT in Nomad. */
  readonly killSignal?: string;
  readonly killTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly isLeader: boolean;
  readonly notHonoured: JobObject;
}

/** A condition on the host. */
export interface Constraint {
  readonly attribute: string;
  /** `=`, `!=`, `>`, `regexp`, `version`, `semver`, `set_contains`, `is_set`, `distinct_hosts`, … */
  readonly operator: string;
  readonly value: string;
}

/** What happens here when a task ends. */
export interface Restart {
  readonly attempts: number;
  readonly intervalMs: number;
  readonly delayMs: number;
  readonly mode: 'fail' | 'delay';
  readonly renderTemplates: boolean;
}

/** What happens when the allocation as a whole has failed. */
export interface Reschedule {
  readonly attempts: number;
  readonly intervalMs: number;
  readonly delayMs: number;
  readonly delayFunction: 'constant' | 'exponential' | 'fibonacci';
  readonly maxDelayMs: number;
  readonly unlimited: boolean;
}

/** What a task may use, and what is promised to it. */
export interface Resources {
  readonly cpuMHz: number;
  /** Whole cores for this task alone; 0 means a share by `cpuMHz`. */
  readonly cores: number;
  readonly memoryMB: number;
  /** 0 means none given, −1 no hard limit. */
  readonly memoryMaxMB: number;
  /** Ports in the old place; they belong to the task alone. */
  readonly networks: readonly Network[];
}

/** Sizes and number of the log files of one stream. */
export interface Logs {
  readonly maxFiles: number;
  readonly maxFileSizeMB: number;
  readonly isDisabled: boolean;
}

/** When a task runs, seen from the group's main tasks. */
export interface Lifecycle {
  readonly hook: 'prestart' | 'poststart' | 'poststop';
  readonly isSidecar: boolean;
}

/** The ports of a group. */
export interface Network {
  readonly mode: string;
  readonly hostname?: string;
  readonly ports: readonly Port[];
}

/** One port under its label. */
export interface Port {
  readonly label: string;
  /** Absent means a free port, chosen at the start. */
  readonly static?: number;
  /** The port inside the group's network namespace; −1 means the same number. */
  readonly to?: number;
  readonly hostNetwork: string;
}

/** The shared disk space of an allocation. */
export interface EphemeralDisk {
  readonly sizeMB: number;
  readonly migrate: boolean;
  readonly sticky: boolean;
}
