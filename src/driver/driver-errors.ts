// Pure: the failures that are the driver's own; what a start can meet besides is in ../errors.ts.

import type { Survivor } from '../containment/survivors.ts';
import { InvalidOptionError, RawExecError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { signalNames, signalNumber } from '../signals.ts';
import { type ConfigIssue, formatConfigIssue } from './config-issue.ts';
import { describeValue } from './describe-value.ts';

/** A configuration that cannot be used: `code` is `ERR_TASK_CONFIG` or `ERR_DRIVER_CONFIG`. */
export class ConfigError extends RawExecError {
  /** Every problem, each with its path. */
  readonly issues: readonly ConfigIssue[];

  constructor(
    code: 'ERR_TASK_CONFIG' | 'ERR_DRIVER_CONFIG',
    what: string,
    issues: readonly ConfigIssue[],
  ) {
    super(code, `${what}: ${issues.map(formatConfigIssue).join('; ')}`);
    this.issues = issues;
  }

  static {
    Object.defineProperty(ConfigError.prototype, 'name', {
      value: 'ConfigError',
      configurable: true,
    });
  }
}

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

/** `code` is `ERR_TASK_STUCK`. The task's id stays taken: a second copy must not be started beside what is left. */
export class TaskStuckError extends RawExecError {
  /** Who is still there, and why. */
  readonly survivors: readonly Survivor[];

  constructor(id: string, survivors: readonly Survivor[]) {
    super(
      'ERR_TASK_STUCK',
      `cannot end task ${JSON.stringify(id)}: even after SIGKILL these of its processes are there: ` +
        `${survivors.map(describeSurvivor).join(', ')}. Stop it again when that has been mended`,
    );
    this.survivors = survivors;
  }

  static {
    Object.defineProperty(TaskStuckError.prototype, 'name', {
      value: 'TaskStuckError',
      configurable: true,
    });
  }
}

const survivalReasons: Readonly<Record<Survivor['reason'], string>> = {
  uninterruptible: 'waits for a device or a file system that does not answer',
  frozen: 'sits in a frozen group that is not of this task',
  notPermitted: "is another user's, and this process may not signal it",
  escaping: 'makes new processes faster than they are found',
};

function describeSurvivor({ pid, command, state, waitsIn, reason }: Survivor): string {
  const where = waitsIn === undefined ? '' : ` in ${waitsIn}`;
  return `${pid} (${command}, state ${state}${where}: ${survivalReasons[reason]})`;
}

export function taskStuck(id: string, survivors: readonly Survivor[]): TaskStuckError {
  return new TaskStuckError(id, survivors);
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
  const nearest = signalNumber(prefixed) === undefined ? nearestName(name, signalNames) : prefixed;
  const hint = nearest === undefined ? 'Names are such as SIGTERM' : `Did you mean ${nearest}?`;
  throw new RawExecError('ERR_SIGNAL_UNKNOWN', `unknown signal ${JSON.stringify(name)}. ${hint}`);
}
