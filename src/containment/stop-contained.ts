// Owner of the stop ladder of a task: signals with pauses between them, and everything killed at the end.

import { monotonicNowMs, wallClockNow } from '../clock.ts';
import { RawExecError } from '../errors.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { type ResolvedStep, readLadder } from '../process/stop-steps.ts';
import type { SignalName } from '../signals.ts';
import type { Containment, Refusal, SignalOutcome } from './containment.ts';
import { Deadline, happensWithin } from './deadline.ts';
import {
  type MainProcess,
  readTaskTarget,
  signalContained,
  type TaskSignalTarget,
} from './signal-contained.ts';
import { findSurvivors, type Survivor } from './survivors.ts';

/** How long the notice of a main process's end may take after its group is empty: the event loop may be busy. */
const noticeGraceMs = 1000;

const nobody: SignalOutcome = { reached: 0, refused: [] };

/** One rung of the ladder of a task. */
export interface TaskStopStep {
  /** @default the main process's `killSignal` */
  readonly signal?: SignalName;
  /** `'group'` needs a main process that leads its group. @default 'main' */
  readonly to?: TaskSignalTarget;
  /**
   * How long the addressed may take to end, in milliseconds: for `'main'` and `'group'` that is the main process, for
   * `'cgroup'` every process of the task. @default 5000
   */
  readonly graceMs?: number;
}

export interface TaskStopOptions {
  /** What is tried before everything is killed; empty for killing at once. @default one step with all its defaults */
  readonly steps?: readonly TaskStopStep[];
  /** How long to wait for the end of all after everything was killed, in milliseconds. @default 10000 */
  readonly killGraceMs?: number;
}

/** What one step did. Frozen. */
export interface TaskStopStepReport {
  readonly signal: string;
  readonly to: TaskSignalTarget | 'everything';
  readonly sentAt: Date;
  /** How many processes it reached. */
  readonly reached: number;
  readonly refused: readonly Refusal[];
  /** How long this step took with its wait, in milliseconds. */
  readonly waitedMs: number;
  /** Whether those whom its grace was for had ended by then. */
  readonly hasEnded: boolean;
}

/** Frozen. */
export interface TaskStopReport {
  /** How the main process ended; undefined when even SIGKILL did not end it in time. */
  readonly status: ExitStatus | undefined;
  /** The steps that were taken. The last one is `to: 'everything'` unless nobody was left to be killed. */
  readonly steps: readonly TaskStopStepReport[];
  /** How many processes SIGKILL at the end was for. */
  readonly killed: number;
  /** Who is still there, and why; empty as a rule. */
  readonly survivors: readonly Survivor[];
  /** Whether something survived: a second copy of the task must not be started before it is gone. */
  readonly isStuck: boolean;
}

/**
 * Goes down the ladder until nothing of the task is left. A step whose addressed are gone is passed over, so a ladder
 * may end gently what a main process leaves behind: `[{ to: 'main' }, { to: 'cgroup' }]`.
 *
 * @throws InvalidOptionError (as a rejection) for bad steps, before anything is sent
 *
 * @example
 * const report = await stopContained(child, containment, { steps: [{ signal: 'SIGINT', graceMs: 2000 }] });
 * if (report.isStuck) console.error(report.survivors);
 */
export async function stopContained(
  main: MainProcess,
  containment: Containment,
  options: TaskStopOptions = {},
): Promise<TaskStopReport> {
  const { steps, killGraceMs } = readLadder<TaskSignalTarget>(options, {
    killSignal: main.killSignal,
    defaultTarget: 'main',
    readTarget: (option, value) => readTaskTarget(option, value, main),
  });
  const reports: TaskStopStepReport[] = [];
  for (const step of steps) {
    const report = await takeStep(main, containment, step);
    if (report !== undefined) reports.push(report);
  }
  const end = await killEverything(main, containment, killGraceMs);
  if (end.report !== undefined) reports.push(end.report);
  return Object.freeze({
    status: main.status,
    steps: Object.freeze(reports),
    killed: end.report?.reached ?? 0,
    survivors: Object.freeze(end.survivors),
    isStuck: end.survivors.length > 0,
  });
}

/** @returns undefined when there was nobody to take it */
async function takeStep(
  main: MainProcess,
  containment: Containment,
  { signal, to, graceMs }: ResolvedStep<TaskSignalTarget>,
): Promise<TaskStopStepReport | undefined> {
  const isForAll = to === 'cgroup';
  if (main.status !== undefined && (!isForAll || containment.isEmpty())) return undefined;
  const sentAt = wallClockNow();
  const startedMs = monotonicNowMs();
  const outcome = await signalContained(main, containment, signal as SignalName, to);
  const hasEnded = await (isForAll ? allEnd(main, containment, graceMs) : mainEnds(main, graceMs));
  return Object.freeze({
    signal,
    to,
    sentAt,
    reached: outcome.reached,
    refused: Object.freeze(outcome.refused),
    waitedMs: monotonicNowMs() - startedMs,
    hasEnded,
  });
}

interface End {
  /** undefined when nobody was there. */
  readonly report: TaskStopStepReport | undefined;
  readonly survivors: readonly Survivor[];
}

async function killEverything(
  main: MainProcess,
  containment: Containment,
  graceMs: number,
): Promise<End> {
  if (main.status !== undefined && containment.isEmpty()) {
    return { report: undefined, survivors: [] };
  }
  const sentAt = wallClockNow();
  const startedMs = monotonicNowMs();
  const deadline = new Deadline(graceMs);
  // A main process that runs as root may have moved itself out of its groups.
  const outside = isOutside(main, containment)
    ? await signalContained(main, containment, 'SIGKILL')
    : nobody;
  const { killed, survivors } = await containment.killAll(deadline.leftMs);
  // When all have ended its notice is on the way, whatever the deadline says.
  const noticeMs = survivors.length === 0 ? Math.max(deadline.leftMs, noticeGraceMs) : 0;
  const hasMainEnded = await mainEnds(main, noticeMs);
  const isListed = survivors.some(({ pid }) => pid === main.pid);
  const left = hasMainEnded || isListed ? survivors : [...survivors, ...findSurvivors([main.pid])];
  return {
    report: Object.freeze({
      signal: 'SIGKILL',
      to: 'everything',
      sentAt,
      reached: killed + outside.reached,
      refused: Object.freeze(outside.refused),
      waitedMs: monotonicNowMs() - startedMs,
      hasEnded: left.length === 0,
    } as const),
    survivors: left,
  };
}

/** Whoever cannot be listed, for want of descriptors for one, can be killed all the same: by its own pidfd. */
function isOutside({ pid }: MainProcess, containment: Containment): boolean {
  try {
    return !containment.members().includes(pid);
  } catch (error) {
    if (error instanceof RawExecError && error.code === 'ERR_CONTAINMENT') return true;
    throw error;
  }
}

async function allEnd(
  main: MainProcess,
  containment: Containment,
  graceMs: number,
): Promise<boolean> {
  const deadline = new Deadline(graceMs);
  return (await containment.whenEmpty(graceMs)) && mainEnds(main, deadline.leftMs);
}

async function mainEnds(main: MainProcess, graceMs: number): Promise<boolean> {
  if (main.status !== undefined) return true;
  return happensWithin(graceMs, (onEnded) => {
    void main.exited.then(onEnded); // never rejected; nothing happens when the wait is over
    return undefined;
  });
}
