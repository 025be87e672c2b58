// Pure but for one look into /proc: what a supervisor keeps with a task of the keeper, so that a later one can take it over; versioned, since that may be
// of another version of this package.

import { readFileSync } from 'node:fs';
import type { NotAppliedLimit } from '../cgroup/applied-limits.ts';
import type { LimitWrite } from '../cgroup/limits/plan-limits.ts';
import type { TaskLimits } from '../cgroup/limits/task-limits.ts';
import type { TaskPlan } from './task-host.ts';

/** Most bytes that the keeper keeps for a task. */
export const maxStateBytes: number = 32 * 1024;

export interface KeptState {
  /** What a command that runs beside the task needs. An environment that is too large is left out: /proc has it. */
  readonly plan: TaskPlan;
  readonly hasEnvironment: boolean;
  readonly limits: TaskLimits;
  readonly writes: readonly LimitWrite[];
  readonly notApplied: readonly NotAppliedLimit[];
  /** By which its starter knows it again, where it has no group whose name no other has. */
  readonly mark?: string;
}

const version = 1;

export function formatKeptState(state: KeptState): string {
  const whole = JSON.stringify({ version, ...state });
  if (Buffer.byteLength(whole) <= maxStateBytes) return whole;
  const plan = { ...state.plan, env: {}, args: [] };
  return JSON.stringify({ version, ...state, plan, hasEnvironment: false });
}

/**
 * The plan with the environment that the task was started with, which the kernel keeps as long as its main process runs.
 * @throws system errors of reading /proc/PID/environ
 */
export function wholePlan({ plan, hasEnvironment }: KeptState, pid: number): TaskPlan {
  if (hasEnvironment) return plan;
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1);
  const env = Object.fromEntries(entries.map((entry) => splitOnce(entry)));
  return { ...plan, env };
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

/** Undefined for what this version does not understand. */
export function parseKeptState(text: string): KeptState | undefined {
  try {
    const state = JSON.parse(text) as KeptState & { readonly version?: number };
    return state.version === version ? state : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
