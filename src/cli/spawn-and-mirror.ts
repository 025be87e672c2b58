// Owner of the program that `raw-exec spawn` starts, and of this process's end in its likeness.

import { formatDuration } from '../duration.ts';
import { InvalidOptionError, RawExecError } from '../errors.ts';
import { forwardSignals } from '../process/forward-signals.ts';
import { mirrorExit } from '../process/mirror-exit.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import type { StopOptions } from '../process/stop.ts';
import type { SignalName } from '../signals.ts';
import { spawnExitCode } from './exit-codes.ts';
import { printError } from './print.ts';
import type { SpawnFlags } from './spawn-command.ts';
import { flagOf, spawnOptions } from './spawn-flags.ts';
import { tellError } from './tell-error.ts';
import { UserError } from './user-error.ts';

const notFound: readonly string[] = ['ERR_COMMAND_NOT_FOUND'];
const notExecutable: readonly string[] = [
  'ERR_COMMAND_BUSY',
  'ERR_COMMAND_FORMAT',
  'ERR_COMMAND_IS_DIRECTORY',
  'ERR_COMMAND_NOT_EXECUTABLE',
  'ERR_INTERPRETER_NOT_FOUND',
  'ERR_WRONG_ARCHITECTURE',
];

/** With --stop: SIGTERM and SIGHUP go down its ladder; what people type, and what means nothing to us, is passed on. */
const passedOnWithLadder: readonly SignalName[] = [
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTSTP',
  'SIGCONT',
  'SIGWINCH',
];

const laddered: readonly SignalName[] = ['SIGTERM', 'SIGHUP'];

/** Starts the program and stays until it ends. Never returns when it was started. */
export async function spawnAndMirror(
  command: string,
  args: readonly string[],
  flags: SpawnFlags,
): Promise<void> {
  checkStopSteps(flags);
  // A signal that comes while the program is started must not end us alone: it waits for the listeners below.
  const held = holdSignals();
  const child = start(command, args, flags);
  const stop = makeStop(child, flags);
  if (flags.stop === undefined) {
    forwardSignals(child);
  } else {
    forwardSignals(child, { signals: passedOnWithLadder });
    for (const signal of laddered) process.on(signal, stop);
  }
  held.release();
  const time = { isOver: false };
  if (flags.timeout !== undefined) {
    setTimeout(() => {
      time.isOver = true;
      stop();
    }, flags.timeout).unref();
  }
  const status = await child.exited;
  if (!time.isOver) mirrorExit(status);
  const after = formatDuration(flags.timeout ?? 0);
  printError(`raw-exec spawn: ${command} was stopped: its time of ${after} (--timeout) was over\n`);
  process.exit(spawnExitCode.timeout);
}

/** Signals are delivered between turns of the event loop: one that comes until `release` is seen by the listeners of then. */
function holdSignals(): { release(): void } {
  const ignore = (): void => undefined;
  const signals = [...passedOnWithLadder, ...laddered];
  for (const signal of signals) process.on(signal, ignore);
  return {
    release: () => {
      for (const signal of signals) process.off(signal, ignore);
    },
  };
}

function start(command: string, args: readonly string[], flags: SpawnFlags): SpawnedProcess {
  try {
    return spawn(command, args, spawnOptions(flags, process.env));
  } catch (error) {
    throw userError(error);
  }
}

/** Goes down the ladder once, however often it is called. */
function makeStop(child: SpawnedProcess, flags: SpawnFlags): () => void {
  const options: StopOptions = flags.stop === undefined ? {} : { steps: flags.stop };
  let isStopping = false;
  return () => {
    if (isStopping) return;
    isStopping = true;
    child.stop(options).catch((error: unknown) => tellError(error, 'spawn'));
  };
}

function checkStopSteps(flags: SpawnFlags): void {
  const leadsGroup = flags.processGroup === 'new' || flags.newSession === true;
  if (flags.stop?.some((step) => step.to === 'group') && !leadsGroup) {
    throw new UserError(
      'a --stop step with @group would reach raw-exec itself and its neighbours, because the program shares their ' +
        'group. Give --process-group new or --new-session, too.',
      spawnExitCode.failure,
    );
  }
}

/** Options become flags again, and the failures of a start get the exit codes that shells have for them. */
function userError(error: unknown): unknown {
  if (error instanceof InvalidOptionError) {
    return new UserError(flagMessage(error), spawnExitCode.failure, error);
  }
  if (!(error instanceof RawExecError)) return error;
  let code: number = spawnExitCode.failure;
  if (notFound.includes(error.code)) code = spawnExitCode.notFound;
  if (notExecutable.includes(error.code)) code = spawnExitCode.notExecutable;
  return new UserError(error.message, code, error);
}

/** `option "nice" is 99; …` becomes `--nice is 99; …`, and an unknown limit is a wrong value of --limit. */
function flagMessage({ message, option }: InvalidOptionError): string {
  const flag = flagOf(option);
  return message
    .replace(`unknown option "${option}"`, `${flag}: there is no ${option.split('.').at(-1)}`)
    .replace(
      `option "${option}"`,
      option.startsWith('resourceLimits.') ? `${flag} ${option.split('.')[1]}` : flag,
    );
}
