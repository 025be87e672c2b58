// Owner of the start of a task that a reaper holds together, where it has no group of its own.

import { invalidArgument, invalidOption } from '../process/invalid-option.ts';
import { readOptions } from '../process/read-options.ts';
import { type ReaperWish, start } from '../process/spawn.ts';
import type { SpawnOptions } from '../process/spawn-options.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import type { Containment } from './containment.ts';
import { TreeContainment } from './tree-containment.ts';

/** Options of `spawnReaped`: those of `spawn` without `parentDeathSignal`, and what becomes of the task without us. */
export interface SpawnReapedOptions extends Omit<SpawnOptions, 'parentDeathSignal'> {
  /**
   * What happens when this process ends, however it ends: `'kill'` ends everything of the task, `'keep'` lets it go on below
   * its reaper. @default 'keep'
   */
  readonly onSupervisorExit?: 'keep' | 'kill';
}

/** A process whose descendants cannot get away from it. */
export interface ReapedProcess {
  /** The main process: signals, streams, and its exact end, as with `spawn`. */
  readonly child: SpawnedProcess;
  /** The main process and all that comes of it; empty when the last of them has ended. */
  readonly containment: Containment;
  /** The process that holds them together. It is a child of this one, and ends after the last of them. */
  readonly reaperPid: number;
}

/**
 * Starts a program below a reaper of its own: a small process (`raw-exec-reaper`) that leads a session and is the
 * subreaper (PR_SET_CHILD_SUBREAPER(2const), Linux 3.4) of all that the program starts. Everything else is as with `spawn`, errors
 * too; the program leads its process group unless `newSession` is asked for.
 *
 * For tasks that have no cgroup of their own. Groups in the option `cgroup` are joined and otherwise left alone.
 *
 * @throws InvalidOptionError for anything that can never work
 * @throws SpawnError for what the system refuses
 *
 * @example
 * const { child, containment } = spawnReaped('/opt/legacy/start.sh', [], { stdio: 'ignore' });
 * await stopContained(child, containment);
 */
export function spawnReaped(
  command: string,
  args: readonly string[] = [],
  options: SpawnReapedOptions = {},
): ReapedProcess {
  if (typeof command !== 'string' || command === '') {
    throw invalidArgument('command', command, 'a non-empty string');
  }
  if (!Array.isArray(args)) throw invalidArgument('args', args, 'an array of strings');
  const { onSupervisorExit = 'keep', ...spawnOptions } = options;
  const plan = readOptions(withOwnGroup(spawnOptions));
  const wish: ReaperWish = {
    killsWhenAlone: readKills(onSupervisorExit),
    control: -1,
    reaperPid: -1,
  };
  const child = start(command, args, spawnOptions, plan, wish);
  const containment = new TreeContainment(wish.control, wish.reaperPid);
  return { child, containment, reaperPid: wish.reaperPid };
}

function readKills(value: unknown): boolean {
  if (value === 'keep' || value === 'kill') return value === 'kill';
  throw invalidOption('onSupervisorExit', value, "'keep' or 'kill'");
}

/** The reaper's own group must stay free of others: whoever is in it cannot be killed as a group. */
function withOwnGroup(options: SpawnOptions): SpawnOptions {
  if ('parentDeathSignal' in options) {
    throw invalidOption(
      'parentDeathSignal',
      options.parentDeathSignal,
      'absent with a reaper, which is the parent; use "onSupervisorExit"',
    );
  }
  const { processGroup, newSession } = options;
  if (processGroup === undefined) {
    return newSession === true ? options : { ...options, processGroup: 'new' };
  }
  if (processGroup === 'new') return options;
  throw invalidOption('processGroup', processGroup, "'new' or absent with a reaper");
}
