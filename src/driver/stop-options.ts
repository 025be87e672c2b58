// Pure: how a stop was asked for, and the ladder that it means.

import type { TaskSignalTarget } from '../containment/signal-contained.ts';
import { InvalidOptionError } from '../errors.ts';
import { describeValue } from './describe-value.ts';
import { parseSignal } from './driver-errors.ts';
import { checkKeys, wholeNumber } from './driver-options.ts';
import type { StopTaskOptions } from './task.ts';
import type { StopTaskStep } from './task-host.ts';

const defaultGraceMs = 5000;
const targets: readonly unknown[] = ['main', 'group', 'cgroup'];

/** @throws InvalidOptionError for a target that is none */
export function checkTarget(option: string, to: unknown): void {
  if (targets.includes(to)) return;
  throw invalid(option, `must be 'main', 'group' or 'cgroup', got ${describeValue(to)}`);
}

/**
 * @param own - the ladder of the task's configuration: taken where no other steps are asked for, unless it is to end at once
 * @throws InvalidOptionError for options that can never work
 * @throws RawExecError ERR_SIGNAL_UNKNOWN
 */
export function readStopSteps(
  options: StopTaskOptions,
  own?: readonly StopTaskStep[],
): readonly Required<StopTaskStep>[] {
  checkKeys(options, ['killSignal', 'timeoutMs', 'steps']);
  const { killSignal, timeoutMs, steps } = options;
  if (steps === undefined) {
    const signal = killSignal ?? 'SIGINT';
    checkSignal('killSignal', signal);
    const graceMs = wholeNumber('timeoutMs', timeoutMs ?? defaultGraceMs, 0);
    if (graceMs > 0 && own !== undefined) return own.map(completed);
    return graceMs === 0 ? [] : [{ signal, to: 'main', graceMs }];
  }
  if (killSignal !== undefined || timeoutMs !== undefined) {
    throw invalid('steps', 'cannot be given together with killSignal or timeoutMs');
  }
  if (!Array.isArray(steps)) {
    throw invalid(
      'steps',
      `must be a list of { signal, to, graceMs }, got ${describeValue(steps)}`,
    );
  }
  return steps.map((step: StopTaskStep, index) => {
    const given: unknown = step;
    if (typeof given !== 'object' || given === null) {
      throw invalid(
        `steps[${index}]`,
        `must be { signal, to, graceMs }, got ${describeValue(given)}`,
      );
    }
    checkKeys(step, ['signal', 'to', 'graceMs']);
    const { signal, to = 'main' } = step;
    checkSignal(`steps[${index}].signal`, signal);
    checkTarget(`steps[${index}].to`, to);
    const graceMs = wholeNumber(`steps[${index}].graceMs`, step.graceMs ?? defaultGraceMs, 0);
    return { signal, to, graceMs };
  });
}

function completed({
  signal,
  to = 'main',
  graceMs = defaultGraceMs,
}: StopTaskStep): Required<StopTaskStep> {
  return { signal, to, graceMs };
}

function checkSignal(option: string, signal: unknown): void {
  if (typeof signal !== 'string') {
    throw invalid(option, `must be a signal's name, got ${describeValue(signal)}`);
  }
  if (parseSignal(signal) === 0) {
    throw invalid(option, `must be a signal that is sent; ${signal} only asks`);
  }
}

/** For people: `Sending SIGINT, SIGKILL after 5000 ms`. */
export function describeSteps(steps: readonly Required<StopTaskStep>[]): string {
  let text = 'Sending ';
  for (const { signal, to, graceMs } of steps) {
    text += `${signal}${describeTarget(to)}, after ${graceMs} ms `;
  }
  return `${text}SIGKILL${steps.length === 0 ? '' : ' to everything'}`;
}

function describeTarget(to: TaskSignalTarget): string {
  if (to === 'main') return '';
  return to === 'group' ? ' to its process group' : ' to all of its processes';
}

function invalid(option: string, problem: string): InvalidOptionError {
  return new InvalidOptionError('ERR_INVALID_OPTION', option, `${option} ${problem}`);
}
