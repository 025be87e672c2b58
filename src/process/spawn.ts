// Owner of the start. Hot path from top to bottom: no closures, no spreads, no JSON, no regular expressions. What it
// costs is measured in bench/.

import { SpawnError } from '../errors.ts';
import { channels } from '../events.ts';
import { type Binding, RequestFlag, RequestSlot, ResultSlot } from '../native/spawning.ts';
import { native } from '../native.ts';
import { ChildStdio } from './child-stdio.ts';
import { lookUpCommand } from './command-path.ts';
import { invalidArgument } from './invalid-option.ts';
import { LifeGuard } from './life-guard.ts';
import { addRunning } from './process-table.ts';
import { readOptions } from './read-options.ts';
import { spawnFailure } from './spawn-failure.ts';
import type { SpawnOptions } from './spawn-options.ts';
import { extrasOf, type LifeRules, type SpawnPlan } from './spawn-plan.ts';
import {
  guardProcess,
  makeProcess,
  type ProcessParts,
  plainParts,
  type SpawnedProcess,
} from './spawned-process.ts';
import { argvBlock, envBlock, envCount, nulByteError } from './string-block.ts';

const binding: Binding = native.binding();
const { request, result } = binding;

const noArguments: readonly string[] = [];

/** Value of `RequestSlot.envc` for the environment of this process itself. */
const ownEnvironment = -1;
/** What the engine answers when a block holds more strings than were counted: one of them has a NUL byte. */
const miscounted = -2;

/**
 * Starts a program. When this returns, the program has begun; when it throws, nothing is left of the attempt.
 *
 * @param command - a path, or a name that is looked up in the PATH of the child's environment, as execvp(3) does
 * @param args - the arguments, without the program's own name
 * @throws InvalidOptionError (a TypeError) for anything that can never work
 * @throws SpawnError for what the system refuses: `code`, `step`, `errno` and `path` say what; see docs/errors.md
 *
 * @example
 * const child = spawn('/usr/bin/sort', ['-u'], { stdio: ['pipe', 'pipe', 'inherit'], processGroup: 'new' });
 * child.on('exit', (status) => console.log(status.exitCode));
 */
export function spawn(
  command: string,
  args: readonly string[] = noArguments,
  options?: SpawnOptions,
): SpawnedProcess {
  if (typeof command !== 'string' || command === '') {
    throw invalidArgument('command', command, 'a non-empty string');
  }
  if (!Array.isArray(args)) throw invalidArgument('args', args, 'an array of strings');
  return start(command, args, options, readOptions(options), undefined);
}

/** A start with a reaper as parent: what is asked for, and what comes back. */
export interface ReaperWish {
  readonly killsWhenAlone: boolean;
  control: number;
  reaperPid: number;
}

/** The start itself, for `spawn` and for `spawnReaped`. */
export function start(
  command: string,
  args: readonly string[],
  options: SpawnOptions | undefined,
  plan: SpawnPlan,
  reaper: ReaperWish | undefined,
): SpawnedProcess {
  if (plan.rules?.abortSignal?.aborted === true) throw abortedBefore(command, plan);
  const env = plan.env ?? (native.isMainThread ? undefined : process.env);
  const argv = argvBlock(plan.argv0 ?? command, args);
  const envp = env === undefined ? '' : envBlock(env);
  const envc = env === undefined ? ownEnvironment : envCount();
  if (command.includes('\0')) throw nulByteError(command, args, env);
  const file = command.includes('/') ? command : lookUpCommand(command, env, plan.cwd);

  // From here to the engine's answer nothing of the user's runs: the request is shared by all starts of this thread.
  fillRequest(plan, args.length + 1, envc);
  if (plan.ownGroup !== undefined) {
    request[RequestSlot.flags] =
      (request[RequestSlot.flags] ?? 0) | plan.ownGroup.handOver(request);
  }
  const handle =
    reaper === undefined
      ? binding.spawn(file, argv, envp, plan.cwd, plan.extras)
      : binding.spawnReaped(file, argv, envp, plan.cwd, plan.extras, reaper.killsWhenAlone);
  if (handle < 0) {
    if (handle === miscounted) throw nulByteError(plan.argv0 ?? command, args, env);
    if (plan.ownGroup?.v2 !== undefined) extrasOf(plan).cgroupV2 = plan.ownGroup.v2;
    throw spawnFailure({ command, file, args, env: env ?? process.env, plan });
  }
  const child = makeProcess(handle, result[ResultSlot.pid] ?? 0, partsOf(plan));
  if (reaper !== undefined) {
    reaper.control = result[ResultSlot.control] ?? -1;
    reaper.reaperPid = result[ResultSlot.reaperPid] ?? -1;
  }
  addRunning(handle, child);
  if (plan.rules !== undefined) applyRules(child, plan.rules);
  const channel = channels().spawn;
  if (channel.hasSubscribers) channel.publish({ process: child, command, args, options });
  return child;
}

function applyRules(child: SpawnedProcess, rules: LifeRules): void {
  if (rules.timeoutMs > 0 || rules.abortSignal !== undefined) {
    guardProcess(child, new LifeGuard(child, rules));
  }
}

/** Writes what the engine reads; to be followed by the call at once. */
export function fillRequest(plan: SpawnPlan, argc: number, envc: number): void {
  const stdio = plan.stdio;
  request[RequestSlot.flags] = plan.flags | RequestFlag.referenced;
  request[RequestSlot.processGroup] = plan.processGroup;
  request[RequestSlot.oomScoreAdj] = plan.oomScoreAdj;
  request[RequestSlot.parentDeathSignal] = plan.parentDeathSignal;
  request[RequestSlot.execDeadlineMs] = plan.execDeadlineMs;
  request[RequestSlot.argc] = argc;
  request[RequestSlot.envc] = envc;
  request[RequestSlot.stdioCount] = stdio.length;
  for (let slot = 0; slot < stdio.length; slot++) {
    request[RequestSlot.stdio + slot] = stdio[slot] ?? 0;
  }
}

function partsOf(plan: SpawnPlan): ProcessParts {
  const leadsGroup = plan.processGroup === 0 || (plan.flags & RequestFlag.newSession) !== 0;
  if (!plan.hasPipes && !leadsGroup && plan.rules === undefined) return plainParts;
  return {
    stdio: plan.hasPipes ? takePipes(plan.stdio) : undefined,
    leadsGroup,
    killSignal: plan.rules?.killSignal ?? plainParts.killSignal,
    isKilledOnDispose: plan.rules?.isKilledOnDispose ?? false,
  };
}

/** Our ends of the pipes, out of the result that the next start overwrites. */
export function takePipes(stdio: readonly number[]): ChildStdio {
  const ends: number[] = [];
  for (let slot = 0; slot < stdio.length; slot++) ends.push(result[ResultSlot.pipes + slot] ?? -1);
  return new ChildStdio(stdio, ends);
}

function abortedBefore(command: string, plan: SpawnPlan): SpawnError {
  return new SpawnError(
    'ERR_ABORTED',
    `cannot start ${command}: its AbortSignal had fired before`,
    { cause: plan.rules?.abortSignal?.reason },
  );
}
