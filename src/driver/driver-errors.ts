// Pure: the failures that are the driver's own; what a start can meet besides is in ../errors.ts.

import { InvalidOptionError, RawExecError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { signalNames, signalNumber } from '../signals.ts';
import { describeValue } from './describe-value.ts';

export function driverDisabled(): RawExecError {
  return new RawExecError(
    'ERR_DRIVER_DISABLED',
    'cannot start a task: the raw_exec driver is disabled, as it is by default, because its tasks run with no isolation. ' +
      'Set enabled = true in plugin "raw_exec" { config { … } }, or give { config: { enabled: true } } to RawExecDriver.create',
  );
}

export function taskUnknown(id: string): RawExecError {
  return new RawExecError(
    'ERR_TASK_UNKNOWN',
    `there is no task ${JSON.stringify(id)}: it was never started here, or it has been destroyed`,
  );
}

export function taskExists(id: string): RawExecError {
  return new RawExecError(
    'ERR_TASK_EXISTS',
    `cannot start task ${JSON.stringify(id)}: there is one of that id. Destroy it first, or use another id`,
  );
}

export function taskRunning(id: string): RawExecError {
  return new RawExecError(
    'ERR_TASK_RUNNING',
    `cannot destroy running task ${JSON.stringify(id)}: stop it first, or destroy it with force`,
  );
}

export function taskNotRunning(id: string, attempt: string): RawExecError {
  return new RawExecError(
    'ERR_TASK_NOT_RUNNING',
    `cannot ${attempt} task ${JSON.stringify(id)}: it has ended`,
  );
}

export function driverClosed(): RawExecError {
  return new RawExecError('ERR_CLOSED', 'the driver has been closed');
}

/**
 * The number of a signal that a caller named; SIGNULL is 0, which only asks.
 * @throws RawExecError ERR_SIGNAL_UNKNOWN
 * @throws InvalidOptionError for what is no text
 */
export function parseSignal(name: string): number {
  const given: unknown = name;
  if (typeof given !== 'string') {
    const message = `signal must be a signal's name, got ${describeValue(given)}`;
    throw new InvalidOptionError('ERR_INVALID_OPTION', 'signal', message);
  }
  const number = name === 'SIGNULL' ? 0 : signalNumber(name);
  if (number !== undefined) {
    return number;
  }
  const prefixed = `SIG${name.toUpperCase()}`;
  const nearest =
    signalNumber(prefixed) === undefined ? nearestName(name, signalNames()) : prefixed;
  const hint = nearest === undefined ? 'Names are such as SIGTERM' : `Did you mean ${nearest}?`;
  throw new RawExecError('ERR_SIGNAL_UNKNOWN', `unknown signal ${JSON.stringify(name)}. ${hint}`);
}
