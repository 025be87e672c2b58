// Pure: what spawn() has understood from its options, in the terms of the engine.

import { type NativeFile, StdioKind } from '../native/spawning.ts';
import type { OwnGroup } from './own-group.ts';

/** The default of `execDeadlineMs`. */
export const defaultExecDeadlineMs = 10_000;

/** SpawnExtras while it is being filled. */
export interface MutableExtras {
  files?: NativeFile[];
  cgroupV2?: string;
  cgroupV1?: readonly string[];
  rlimits?: number[];
  nice?: number;
  cpuAffinity?: readonly number[];
  umask?: number;
  networkNamespace?: string;
  uid?: number;
  gid?: number;
  groups?: readonly number[];
}

/** How a process is looked after once it runs; most processes have none of this. */
export interface LifeRules {
  timeoutMs: number;
  killSignal: string;
  abortSignal: AbortSignal | undefined;
  isKilledOnDispose: boolean;
}

export function makeLifeRules(): LifeRules {
  return {
    timeoutMs: 0,
    killSignal: 'SIGTERM',
    abortSignal: undefined,
    isKilledOnDispose: false,
  };
}

/**
 * One start. A class, so that all plans have one shape and reading them stays fast; fields are numbers where the
 * engine takes numbers.
 */
export class SpawnPlan {
  /** Bits of `RequestFlag`, `referenced` excluded. */
  flags = 0;
  /** As in `RequestSlot.processGroup`. */
  processGroup = -1;
  oomScoreAdj = 0;
  parentDeathSignal = 0;
  execDeadlineMs: number = defaultExecDeadlineMs;
  cwd: string | undefined = undefined;
  argv0: string | undefined = undefined;
  env: Readonly<Record<string, string | undefined>> | undefined = undefined;
  /** As in `RequestSlot.stdio`. */
  stdio: readonly number[];
  hasPipes: boolean;
  /** Tells the path of the group, and has its descriptors until the engine takes them. */
  ownGroup: OwnGroup | undefined = undefined;
  extras: MutableExtras | undefined = undefined;
  rules: LifeRules | undefined = undefined;

  constructor(stdio: readonly number[], hasPipes: boolean) {
    this.stdio = stdio;
    this.hasPipes = hasPipes;
  }
}

/** The plan's extras, made when first needed. */
export function extrasOf(plan: SpawnPlan): MutableExtras {
  plan.extras ??= {};
  return plan.extras;
}

/** The plan's rules, made when first needed. */
export function rulesOf(plan: SpawnPlan): LifeRules {
  plan.rules ??= makeLifeRules();
  return plan.rules;
}

/** @returns what stands in the slot then */
export function openInChild(plan: SpawnPlan, file: NativeFile): number {
  const extras = extrasOf(plan);
  extras.files ??= [];
  extras.files.push(file);
  return StdioKind.file;
}
