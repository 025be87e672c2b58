// Pure: the shape of what is told about a host.

import type { HostLayout } from '../cgroup/host-layout.ts';

/** A facility of the kernel that raw-exec uses. */
export interface FeatureReport {
  /** `clone3`, `cgroup.kill`, … */
  readonly name: string;
  /** `unknown` where it cannot be seen: the files of a controller that task groups do not have. */
  readonly state: 'present' | 'absent' | 'unknown';
  /** First version of Linux that has it, `5.14`. */
  readonly since: string;
  /** What it is used for. */
  readonly use: string;
  /** What is used where it is absent. */
  readonly instead: string;
}

/** A limit that this process and its tasks meet. */
export interface LimitReport {
  readonly name: string;
  /** What is enforced; null = no limit. */
  readonly limit: number | null;
  /** Up to where this process may raise it; null = no limit; absent where there is no such thing. */
  readonly hard?: number | null;
  /** Where it is set: a file, or `RLIMIT_NOFILE`. */
  readonly source: string;
}

/** `process-tree`: without groups, by a helper process per task that sees all descendants. */
export type ContainmentLevel = 'cgroup-v2' | 'cgroup-hybrid' | 'cgroup-v1' | 'process-tree';

/** What keeps the processes of a task together on this host. */
export interface ContainmentReport {
  readonly level: ContainmentLevel;
  /** What holds for every task, in one sentence. */
  readonly guarantee: string;
  /** The groups under which those of tasks are made; empty without groups. */
  readonly parents: readonly string[];
  /** What limits can use. */
  readonly controllers: readonly string[];
  /** Controllers that the host has and tasks do not get, with the reason. */
  readonly withheld: Readonly<Record<string, string>>;
  /** Why there are no groups; absent where there are. */
  readonly reason?: string;
}

/** Everything that `raw-exec doctor` knows. */
export interface HostReport {
  readonly kernel: { readonly release: string; readonly machine: string };
  readonly node: string;
  readonly user: { readonly uid: number; readonly name?: string };
  readonly containment: ContainmentReport;
  readonly cgroups: HostLayout;
  readonly features: readonly FeatureReport[];
  readonly limits: readonly LimitReport[];
  /** What to do about what is missing: one sentence or two each, the most useful first. */
  readonly advice: readonly string[];
}
