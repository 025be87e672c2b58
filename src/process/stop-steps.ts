// Pure: reads the steps of a stop, for whatever is to be stopped.

import { signalName } from '../signals.ts';
import { invalidOption, unknownOption } from './invalid-option.ts';
import { delayOption, objectOption, signalOption } from './option-values.ts';

/** The grace after a step that names none. */
export const defaultGraceMs = 5000;
/** How long the end after SIGKILL may take: longer only in uninterruptible sleep, see proc_pid_stat(5), state D. */
export const defaultKillGraceMs = 10_000;

/** A step in which nothing is left open. */
export interface ResolvedStep<Target extends string> {
  readonly signal: string;
  readonly to: Target;
  readonly graceMs: number;
}

/** A whole ladder: its steps, and the grace after SIGKILL at its end. */
export interface ResolvedLadder<Target extends string> {
  readonly steps: readonly ResolvedStep<Target>[];
  readonly killGraceMs: number;
}

/** What steps may name, and what they get when they do not. */
export interface StepRules<Target extends string> {
  /** The signal of a step without one. */
  readonly killSignal: string;
  /** Reads `to`; throws InvalidOptionError. */
  readonly readTarget: (option: string, value: unknown) => Target;
  readonly defaultTarget: Target;
}

/** @throws InvalidOptionError for bad steps */
export function readLadder<Target extends string>(
  options: unknown,
  rules: StepRules<Target>,
): ResolvedLadder<Target> {
  let given: unknown = [{}];
  let killGraceMs = defaultKillGraceMs;
  for (const [key, value] of objectOption('options', options, 'an object')) {
    if (key === 'steps') given = value;
    else if (key === 'killGraceMs') killGraceMs = delayOption(key, value);
    else throw unknownOption(key, ['steps', 'killGraceMs']);
  }
  if (!Array.isArray(given)) {
    throw invalidOption('steps', given, 'an array of { signal, to, graceMs }');
  }
  const steps = given.map((step, index) => readStep(`steps[${index}]`, step, rules));
  return { steps, killGraceMs };
}

function readStep<Target extends string>(
  option: string,
  value: unknown,
  rules: StepRules<Target>,
): ResolvedStep<Target> {
  let signal = rules.killSignal;
  let to = rules.defaultTarget;
  let graceMs = defaultGraceMs;
  for (const [key, entry] of objectOption(option, value, 'an object { signal, to, graceMs }')) {
    if (key === 'signal') signal = signalName(signalOption(`${option}.signal`, entry));
    else if (key === 'graceMs') graceMs = entry === 0 ? 0 : delayOption(`${option}.graceMs`, entry);
    else if (key === 'to') to = rules.readTarget(`${option}.to`, entry);
    else throw unknownOption(key, ['signal', 'to', 'graceMs'], `${option}.`);
  }
  return { signal, to, graceMs };
}
