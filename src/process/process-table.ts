// Owner of the processes that run: takes the engine's exit notices and passes each on to its process.

import { monotonicNowMs } from '../clock.ts';
import { type Binding, ExitColumn, exitColumns, handleIndexMask } from '../native/spawning.ts';
import { native } from '../native.ts';
import { type ExitStatus, endingSignal, shellExitCode } from './exit-status.ts';
import { finishProcess, guardOf, type SpawnedProcess } from './spawned-process.ts';

const binding: Binding = native.binding();
const { exits } = binding;

/**
 * By the index in the engine's handle. An array and not a Map, which shrinks and grows again with each process that comes
 * and goes. It also keeps processes from being collected while they run.
 */
const running: (SpawnedProcess | undefined)[] = [];

/** Those of the batch that is being delivered, by row. */
const ended: (SpawnedProcess | undefined)[] = [];

export function addRunning(handle: number, process: SpawnedProcess): void {
  running[handle & handleIndexMask] = process;
}

binding.onExits = (count) => {
  // The two clocks are compared once per batch; rows carry CLOCK_MONOTONIC.
  const wallOffsetMs = Date.now() - monotonicNowMs();
  // Listeners may start processes: their exits come in a later batch, and the engine does not touch the rows until we
  // return. But it has let go of all these handles, so a listener's start may get the place of one that is still to be
  // told of: all are taken out before the first listener runs.
  for (let row = 0; row < count; row++) {
    const index = column(row, ExitColumn.handle) & handleIndexMask;
    ended[row] = running[index];
    running[index] = undefined;
  }
  for (let row = 0; row < count; row++) {
    const process = ended[row];
    ended[row] = undefined;
    if (process !== undefined) finish(process, readStatus(row, process, wallOffsetMs));
  }
};

/** A listener that throws must not cost others their notice: its error becomes an uncaught exception of its own. */
function finish(child: SpawnedProcess, status: ExitStatus): void {
  try {
    finishProcess(child, status);
  } catch (error) {
    process.nextTick(rethrow, error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function column(row: number, name: number): number {
  return exits[row * exitColumns + name] ?? 0;
}

function readStatus(row: number, process: SpawnedProcess, wallOffsetMs: number): ExitStatus {
  const isKnown = column(row, ExitColumn.waitErrno) === 0;
  const code = isKnown ? column(row, ExitColumn.code) : -1;
  const signal = isKnown ? column(row, ExitColumn.signal) : 0;
  const startedMs = column(row, ExitColumn.startedMonotonicMs);
  const guard = guardOf(process);
  return Object.freeze({
    code: code >= 0 ? code : null,
    signal: endingSignal(signal),
    coreDumped: column(row, ExitColumn.coreDumped) !== 0,
    exitCode: shellExitCode(code, signal),
    userCpuMs: column(row, ExitColumn.userCpuMs),
    systemCpuMs: column(row, ExitColumn.systemCpuMs),
    maxRssBytes: column(row, ExitColumn.maxRssBytes),
    startedAt: new Date(startedMs + wallOffsetMs),
    durationMs: column(row, ExitColumn.exitedMonotonicMs) - startedMs,
    timedOut: guard?.hasTimedOut ?? false,
    aborted: guard?.hasAborted ?? false,
  });
}
