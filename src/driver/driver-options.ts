// Pure: the options of RawExecDriver and their defaults.

import { InvalidOptionError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import type { TerminalSize } from '../process/pseudo-terminal.ts';
import { describeValue } from './describe-value.ts';
import type { InProcessHostOptions } from './in-process-host.ts';
import type { KeeperHostOptions } from './keeper-host-options.ts';
import type { TaskHost } from './task-host.ts';

/** How a driver is made. */
export interface RawExecDriverOptions {
  /** The `config` block of `plugin "raw_exec"`, with its names. Without `enabled = true` no task starts. @default {} */
  readonly config?: unknown;
  /** An agent's old client options, where `driver.raw_exec.enable` enables the driver too. @default {} */
  readonly clientOptions?: Readonly<Record<string, unknown>>;
  /** Where tasks live; closed with the driver. @default a new in-process host */
  readonly host?: TaskHost;
  /** Options of that in-process host; not together with `host` or `keeper`. @default {} */
  readonly inProcess?: InProcessHostOptions;
  /** Tasks live in a keeper instead, and outlive this process; not together with `host` or `inProcess`. */
  readonly keeper?: KeeperHostOptions;
}

/** @throws InvalidOptionError when more than one host is asked for */
export function checkHostOptions(options: RawExecDriverOptions): void {
  const given = (['host', 'keeper', 'inProcess'] as const).filter(
    (name) => options[name] !== undefined,
  );
  const [first, second] = given;
  if (second === undefined) return;
  throw new InvalidOptionError(
    'ERR_INVALID_OPTION',
    second,
    `${second} cannot be given together with ${String(first)}: tasks of a driver have one host`,
  );
}

/** How `execTask` runs a command. */
export interface ExecTaskOptions {
  /** How long it may take, in milliseconds; then all that came of it gets SIGKILL. @default 30000 */
  readonly timeoutMs?: number;
  /** How much of its output is kept: the last bytes. @default 65536 */
  readonly maxOutputBytes?: number;
}

/** How `execTaskStreaming` runs a command. */
export interface ExecTaskStreamingOptions {
  /** A terminal in place of pipes: for shells and whatever else a person types into. @default false */
  readonly tty?: boolean;
  /** How large that terminal is before the program starts. @default 24 rows, 80 columns */
  readonly terminalSize?: TerminalSize;
  /** How long it may take, in milliseconds; then all that came of it gets SIGKILL. @default without end */
  readonly timeoutMs?: number;
  /** Ends the session, as `close()` does. When it has fired already nothing is started (`ERR_ABORTED`). */
  readonly signal?: AbortSignal;
}

/** How a wait ends before its time. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
}

/** How `taskStatsStream` samples. */
export interface TaskStatsStreamOptions {
  /** Between two samples, in milliseconds, from 10 on. @default 1000 */
  readonly intervalMs?: number;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

/** How `destroyTask` treats a running task. */
export interface DestroyTaskOptions {
  /** Ends it by SIGKILL. @default false */
  readonly force?: boolean;
}

/** Longest delay that timers take: 2^31 - 1 milliseconds. */
const longestDelayMs = 2_147_483_647;

/** @throws InvalidOptionError for keys that are none of `known`, with the nearest one */
export function checkKeys(options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      const nearest = nearestName(key, known);
      const hint =
        nearest === undefined ? `Known are ${known.join(', ')}` : `Did you mean ${nearest}?`;
      throw new InvalidOptionError('ERR_INVALID_OPTION', key, `unknown option ${key}. ${hint}`);
    }
  }
}

/** @throws InvalidOptionError for what is no whole number from `least` to the longest that timers take */
export function wholeNumber(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= longestDelayMs) {
    return value;
  }
  const allowed = `a whole number from ${least} to ${longestDelayMs}`;
  const message = `${option} must be ${allowed}, got ${describeValue(value)}`;
  throw new InvalidOptionError('ERR_INVALID_OPTION', option, message);
}
