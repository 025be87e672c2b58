// Owner of the stop ladder: signals with pauses between them, SIGKILL at the end.

import { afterAtLeast, monotonicNowMs, wallClockNow } from '../clock.ts';
import type { SignalName } from '../signals.ts';
import type { ExitStatus } from './exit-status.ts';
import { targetOption } from './option-values.ts';
import type { SignalTarget, SpawnedProcess } from './spawned-process.ts';
import { type ResolvedStep, readLadder } from './stop-steps.ts';

/** One rung of the ladder. */
export interface StopStep {
  /** @default the process's `killSignal` */
  readonly signal?: SignalName;
  /** `'group'` needs a process that leads its group. @default 'main' */
  readonly to?: SignalTarget;
  /** How long the process may take to end after this signal, in milliseconds. @default 5000 */
  readonly graceMs?: number;
}

export interface StopOptions {
  /** What is tried before SIGKILL; empty for SIGKILL at once. @default one step with all its defaults */
  readonly steps?: readonly StopStep[];
  /** How long to wait for the end after SIGKILL, in milliseconds. @default 10000 */
  readonly killGraceMs?: number;
}

/** What one step did. */
export interface StopStepReport {
  readonly signal: string;
  readonly to: SignalTarget;
  readonly sentAt: Date;
  /** How long this step waited, in milliseconds. */
  readonly waitedMs: number;
  /** Whether the process ended while this step waited. */
  readonly hasEnded: boolean;
}

/** Frozen. */
export interface StopReport {
  /** How the process ended; undefined when even SIGKILL did not end it in time: it sits in uninterruptible sleep. */
  readonly status: ExitStatus | undefined;
  /** The steps that were taken, SIGKILL included; empty when the process had ended before. */
  readonly steps: readonly StopStepReport[];
}

/**
 * Goes down the ladder until the process has ended. SIGKILL goes to the group when any step did. What a process leaves
 * in its group when it ends before that is for the option `killGroupAtExit`.
 * @throws InvalidOptionError (as a rejection) for bad steps, before anything is sent
 */
export async function runStopLadder(
  child: SpawnedProcess,
  options: StopOptions = {},
): Promise<StopReport> {
  const reports: StopStepReport[] = [];
  for (const step of resolveSteps(child, options)) {
    if (child.status !== undefined) break;
    const report = await takeStep(child, step);
    if (report !== undefined) reports.push(report);
  }
  return Object.freeze({ status: child.status, steps: Object.freeze(reports) });
}

/** @returns undefined when the process had ended before the signal */
async function takeStep(
  child: SpawnedProcess,
  step: ResolvedStep<SignalTarget>,
): Promise<StopStepReport | undefined> {
  const sentAt = wallClockNow();
  const startedMs = monotonicNowMs();
  const wasSent = child.kill(step.signal as SignalName, step.to);
  const hasEnded = await endsWithin(child, step.graceMs);
  if (!wasSent) return undefined;
  const waitedMs = monotonicNowMs() - startedMs;
  return Object.freeze({ signal: step.signal, to: step.to, sentAt, waitedMs, hasEnded });
}

/** Whether the process ends in time. The timer holds the event loop: somebody waits for the report. */
export function endsWithin(child: SpawnedProcess, graceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const onExit = (): void => {
      endTimer();
      resolve(true);
    };
    const endTimer = afterAtLeast(graceMs, () => {
      child.off('exit', onExit);
      resolve(false);
    });
    child.once('exit', onExit);
  });
}

function resolveSteps(
  child: SpawnedProcess,
  options: StopOptions,
): readonly ResolvedStep<SignalTarget>[] {
  const { steps, killGraceMs } = readLadder(options, {
    killSignal: child.killSignal,
    defaultTarget: 'main',
    readTarget: (option, value) => targetOption(option, value, child.leadsGroup),
  });
  const to = steps.some((step) => step.to === 'group') ? 'group' : 'main';
  return [...steps, { signal: 'SIGKILL', to, graceMs: killGraceMs }];
}
