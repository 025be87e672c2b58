// Pure: reads one step of a stop ladder, `--stop SIGTERM:5s` or `--stop SIGINT@group:500ms`.

import { InvalidArgumentError } from '@commander-js/extra-typings';
import { nearestName } from '../nearest-name.ts';
import { type SignalName, signalNames, signalNumber } from '../signals.ts';
import { parseDelay } from './flag-values.ts';

/** One step: a signal, whom it is for, and how long to wait afterwards. */
export interface StopFlagStep {
  readonly signal: SignalName;
  readonly to: 'main' | 'group';
  readonly graceMs: number;
}

const defaultGraceMs = 5000;
const form = /^(?<signal>[^@:]+)(?:@(?<to>main|group))?(?::(?<grace>.+))?$/;

/** The steps in the order given. */
export function collectStopSteps(
  text: string,
  previous: readonly StopFlagStep[] | undefined,
): StopFlagStep[] {
  const parts = form.exec(text)?.groups;
  if (parts === undefined) {
    throw new InvalidArgumentError('It must have the form SIGNAL[@group][:GRACE], SIGTERM:5s.');
  }
  const { signal = '', to, grace } = parts;
  const step: StopFlagStep = {
    signal: parseSignal(signal),
    to: to === 'group' ? 'group' : 'main',
    graceMs: grace === undefined ? defaultGraceMs : parseDelay(grace),
  };
  return [...(previous ?? []), step];
}

/** A signal's name, with or without SIG, in any case. */
export function parseSignal(text: string): SignalName {
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (isSignalName(name)) return name;
  const nearest = nearestName(name, signalNames());
  const hint = nearest === undefined ? 'Names are those of kill -l.' : `Did you mean ${nearest}?`;
  throw new InvalidArgumentError(`There is no such signal. ${hint}`);
}

function isSignalName(name: string): name is SignalName {
  return signalNumber(name) !== undefined;
}
