// Pure: how a session was asked for, and what a host is to do.

import { InvalidOptionError, RawExecError } from '../errors.ts';
import { describeValue } from './describe-value.ts';
import { checkKeys, type ExecTaskStreamingOptions, wholeNumber } from './driver-options.ts';
import type { ExecStreamingRequest } from './task-session.ts';
import { checkTerminalSize } from './terminal-size.ts';

const defaultSize = { rows: 24, columns: 80 } as const;

/** @throws InvalidOptionError */
export function readStreamingOptions(
  options: ExecTaskStreamingOptions,
): Omit<ExecStreamingRequest, 'command' | 'args'> {
  checkKeys(options, ['tty', 'terminalSize', 'timeoutMs', 'signal']);
  const { tty = false, terminalSize, timeoutMs, signal } = options;
  if (typeof tty !== 'boolean')
    throw invalid('tty', `must be true or false, got ${describeValue(tty)}`);
  if (!tty && terminalSize !== undefined) {
    throw invalid('terminalSize', 'cannot be given without { tty: true }: pipes have no size');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid('signal', `must be an AbortSignal, got ${describeValue(signal)}`);
  }
  return {
    ...(tty && { terminal: checkTerminalSize('terminalSize', terminalSize ?? defaultSize) }),
    ...(timeoutMs !== undefined && { timeoutMs: wholeNumber('timeoutMs', timeoutMs, 1) }),
    ...(signal !== undefined && { signal }),
  };
}

/** @throws RawExecError `ERR_ABORTED` */
export function checkNotAborted(command: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const cause: unknown = signal.reason;
  throw new RawExecError(
    'ERR_ABORTED',
    `cannot start ${command}: its AbortSignal had fired before`,
    { cause },
  );
}

export function streamingUnsupported(host: string): RawExecError {
  return new RawExecError(
    'ERR_NOT_SUPPORTED',
    `cannot open a session: the task host ${host} runs commands only to their end. Use execTask`,
  );
}

function invalid(option: string, problem: string): InvalidOptionError {
  return new InvalidOptionError('ERR_INVALID_OPTION', option, `${option} ${problem}`);
}
