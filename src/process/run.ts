// Owner of one command from start to end with its output collected.

import { monotonicNowMs } from '../clock.ts';
import { RawExecError } from '../errors.ts';
import type { ExitStatus } from './exit-status.ts';
import { invalidOption, unknownOption } from './invalid-option.ts';
import { booleanOption, integerOption } from './option-values.ts';
import { OutputCollector } from './output-collector.ts';
import { optionNames } from './read-options.ts';
import { spawn } from './spawn.ts';
import type { SpawnOptions } from './spawn-options.ts';
import type { SpawnedProcess } from './spawned-process.ts';

const defaultMaxBuffer = 67_108_864;

/** Options of `run`: those of `spawn` without `stdio`, and these. */
export interface RunOptions extends Omit<SpawnOptions, 'stdio'> {
  /** Given to the program's standard input, which then ends. @default an empty input (/dev/null) */
  readonly input?: string | Uint8Array;
  /** How many bytes of each of stdout and stderr are collected at most. @default 67108864 (64 MiB) */
  readonly maxBuffer?: number;
  /**
   * Whether output beyond `maxBuffer` is dropped, with `isTruncated` set, instead of being an error.
   * @default false
   */
  readonly truncate?: boolean;
  /** `'buffer'` for bytes, `'utf8'` for text. @default 'utf8' */
  readonly encoding?: 'utf8' | 'buffer';
}

/** What a command has written, and how it ended. */
export interface RunResult<Output extends string | Buffer = string> {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly status: ExitStatus;
  /** Whether output was dropped; only with the option `truncate`. */
  readonly isTruncated: boolean;
}

/**
 * Runs a command to its end and collects what it writes, both streams at once, so that neither can block it.
 * An exit code other than 0 is no error here: look at `status`.
 *
 * @throws (as a rejection) InvalidOptionError and SpawnError as `spawn` does
 * @throws RawExecError ERR_OUTPUT_TOO_LARGE when it writes more than `maxBuffer`, ERR_ABORTED when `signal` fires;
 * the process has ended then
 *
 * @example
 * const { stdout, status } = await run('git', ['rev-parse', 'HEAD'], { cwd: '/srv/project' });
 */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions & { readonly encoding: 'buffer' },
): Promise<RunResult<Buffer>>;
export function run(
  command: string,
  args?: readonly string[],
  options?: RunOptions & { readonly encoding?: 'utf8' },
): Promise<RunResult>;
export async function run(
  command: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<RunResult<string | Buffer>> {
  const { own, forSpawn } = splitOptions(options);
  const child = spawn(command, args, {
    ...forSpawn,
    stdio: [own.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout = new OutputCollector(child.stdout, own.maxBuffer);
  const stderr = new OutputCollector(child.stderr, own.maxBuffer);
  if (own.input !== undefined) giveInput(child, own.input);
  await whenOver(child, [stdout, stderr], own.isTruncating, options);
  const status = await child.exited;
  if (status.aborted || options.signal?.aborted === true) throw aborted(command, options.signal);
  for (const [name, output] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    if (output.isOverfull && !own.isTruncating) throw tooLarge(command, name, own.maxBuffer);
  }
  const isText = own.encoding === 'utf8';
  return {
    stdout: isText ? stdout.text() : stdout.bytes(),
    stderr: isText ? stderr.text() : stderr.bytes(),
    status,
    isTruncated: stdout.isOverfull || stderr.isOverfull,
  };
}

interface OwnOptions {
  input: string | Uint8Array | undefined;
  maxBuffer: number;
  isTruncating: boolean;
  encoding: 'utf8' | 'buffer';
}

const ownOptionNames: readonly string[] = ['encoding', 'input', 'maxBuffer', 'truncate'];

function splitOptions(options: unknown): { own: OwnOptions; forSpawn: SpawnOptions } {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption('options', options, 'an object');
  }
  const own: OwnOptions = {
    input: undefined,
    maxBuffer: defaultMaxBuffer,
    isTruncating: false,
    encoding: 'utf8',
  };
  const forSpawn: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (name === 'input') own.input = readInput(value);
    else if (name === 'maxBuffer')
      own.maxBuffer = integerOption(name, value, 1, Number.MAX_SAFE_INTEGER);
    else if (name === 'truncate') own.isTruncating = booleanOption(name, value);
    else if (name === 'encoding') own.encoding = readEncoding(value);
    else if (name === 'stdio')
      throw invalidOption(name, value, 'left out: "run" collects the output itself');
    else if (optionNames.includes(name)) forSpawn[name] = value;
    else throw unknownOption(name, [...ownOptionNames, ...optionNames]);
  }
  return { own, forSpawn };
}

function readInput(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  throw invalidOption('input', value, 'a string or a Uint8Array');
}

function readEncoding(value: unknown): 'utf8' | 'buffer' {
  if (value === 'utf8' || value === 'buffer') return value;
  throw invalidOption('encoding', value, "'utf8' or 'buffer'");
}

/** A program need not read its input to the end: EPIPE is its right, and no failure of ours. */
function giveInput(child: SpawnedProcess, input: string | Uint8Array): void {
  child.stdin?.on('error', ignoreBrokenPipe);
  child.stdin?.end(input);
}

function ignoreBrokenPipe(error: Error & { readonly code?: unknown }): void {
  const isExpected = error.code === 'EPIPE' || error.code === 'ECONNRESET';
  if (!isExpected) throw error;
}

/**
 * Until the process has ended and nobody writes its pipes any more. What it leaves behind may hold these open for ever:
 * when we stopped it ourselves only what is there at its end counts, else `timeoutMs` and `signal` end the waiting.
 */
async function whenOver(
  child: SpawnedProcess,
  outputs: readonly OutputCollector[],
  isTruncating: boolean,
  limits: RunOptions,
): Promise<void> {
  const startedMs = monotonicNowMs();
  const tooMuch = new AbortController();
  for (const output of outputs) {
    output.onOverfull = () => {
      if (isTruncating) return;
      child.kill('SIGKILL');
      tooMuch.abort();
    };
  }
  const ends = Promise.all(outputs.map((output) => output.ended));
  const status = await child.exited;
  const isTooLarge = !isTruncating && outputs.some((output) => output.isOverfull);
  const isStopped = status.timedOut || status.aborted || isTooLarge;
  if (!isStopped) {
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = limits;
    const stop = AbortSignal.any([tooMuch.signal, ...(signal === undefined ? [] : [signal])]);
    if (await settlesBefore(ends, startedMs + timeoutMs, stop)) return;
  }
  // What the process wrote before its end is in the pipes already: one turn of the loop reads it.
  await new Promise((resolve) => setImmediate(resolve));
  for (const output of outputs) output.close();
  await ends;
}

/** False when the time is over or the signal has fired before. The promise must not reject. */
function settlesBefore(
  promise: Promise<unknown>,
  untilMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = (hasSettled: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(hasSettled);
    };
    const onAbort = (): void => finish(false);
    if (Number.isFinite(untilMs)) {
      timer = setTimeout(finish, Math.max(0, untilMs - monotonicNowMs()), false);
    }
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    void promise.then(() => finish(true));
  });
}

function aborted(command: string, signal: AbortSignal | undefined): RawExecError {
  return new RawExecError('ERR_ABORTED', `${command} was stopped: its AbortSignal has fired`, {
    cause: signal?.reason,
  });
}

function tooLarge(command: string, stream: string, maxBuffer: number): RawExecError {
  return new RawExecError(
    'ERR_OUTPUT_TOO_LARGE',
    `${command} was killed: it wrote more than ${maxBuffer} bytes to ${stream}. Raise "maxBuffer", set "truncate", or ` +
      'use spawn and read the stream',
  );
}
