// Owner of a start through a keeper, of a task or of a command beside one: the same request as that of `spawn`, handed over instead of carried out.

import type { SpawnError } from '../errors.ts';
import { KeeperKind, KeeperReason, type KeeperStarted, type KeptTask } from '../native/keeper.ts';
import { type Binding, ResultSlot, StdioKind } from '../native/spawning.ts';
import { native } from '../native.ts';
import type { ChildStdio } from '../process/child-stdio.ts';
import type { FailedStart } from '../process/failed-start.ts';
import { readOptions } from '../process/read-options.ts';
import { fillRequest, takePipes } from '../process/spawn.ts';
import { spawnFailure } from '../process/spawn-failure.ts';
import type { SpawnOptions } from '../process/spawn-options.ts';
import { extrasOf } from '../process/spawn-plan.ts';
import { argvBlock, envBlock, envCount, nulByteError } from '../process/string-block.ts';
import { type KeeperConnection, KeeperRefusal } from './keeper-connection.ts';
import { keeperRefusal } from './keeper-errors.ts';

const binding: Binding = native.binding();

/** What the engine answers when a block holds more strings than were counted. */
const miscounted = -2;

export interface KeptStart {
  /** The path that is executed, and argv[0]. */
  readonly command: string;
  readonly args: readonly string[];
  /** `env` is needed. Slots 1 and 2 of `stdio` that are logged are `'ignore'`. */
  readonly options: SpawnOptions;
  readonly task: KeptTask;
  /** Gets this process's ends of the pipes in `stdio`, whatever becomes of the start: they are the caller's to close. */
  readonly onSent?: (stdio: ChildStdio) => void;
}

/**
 * Starts a task as a child of the keeper's holder. Resolves when the program has really been exec'ed.
 *
 * Rejects with SpawnError as `spawn` throws it, and with `ERR_TASK_EXISTS`, `ERR_KEEPER_STATE`, `ERR_KEEPER_LOG`,
 * `ERR_KEEPER_GONE`; nothing of the attempt is left then, but with `ERR_KEEPER_GONE`, when it is not known.
 */
export async function startKept(
  connection: KeeperConnection,
  { command, args, options, task, onSent }: KeptStart,
): Promise<KeeperStarted> {
  const plan = readOptions(options);
  const env = options.env ?? {};
  const failed: FailedStart = { command, file: command, args, env, plan };
  const stdio = plan.stdio.map((kind, slot) => {
    if ((slot === 1 && task.stdout) || (slot === 2 && task.stderr)) return StdioKind.logged;
    return kind;
  });
  const role = task.isSession === 1 ? 'beside' : 'as';
  const attempt = `start ${command} ${role} task ${JSON.stringify(task.id)}`;
  try {
    return await connection.ask<KeeperStarted>(attempt, KeeperKind.started, (keeper, request) => {
      const argv = argvBlock(command, args);
      const envp = envBlock(env);
      const variables = envCount();
      fillRequest({ ...plan, stdio }, args.length + 1, variables);
      if (plan.ownGroup?.isHeld === true) plan.ownGroup.handOver(binding.request);
      else if (plan.ownGroup?.v2 !== undefined) extrasOf(plan).cgroupV2 = plan.ownGroup.v2;
      const outcome = binding.spawnKept(
        command,
        argv,
        envp,
        plan.cwd,
        plan.extras,
        task,
        keeper,
        request,
      );
      if (outcome === miscounted) throw nulByteError(command, args, env);
      if (outcome < 0) throw spawnFailure(failed);
      if (outcome === 0 && plan.hasPipes) onSent?.(takePipes(stdio));
      return outcome;
    });
  } catch (error) {
    if (!(error instanceof KeeperRefusal)) throw error;
    if (error.failure.reason !== KeeperReason.spawn) throw keeperRefusal(attempt, error.failure);
    throw refusedStart(failed, error);
  }
}

/** The keeper's answer put where the engine's would be. */
function refusedStart(failed: FailedStart, { failure }: KeeperRefusal): SpawnError {
  const { result } = binding;
  const { ownGroup } = failed.plan;
  if (ownGroup?.v2 !== undefined) extrasOf(failed.plan).cgroupV2 = ownGroup.v2;
  result[ResultSlot.errno] = failure.error;
  result[ResultSlot.step] = failure.step;
  result[ResultSlot.detail] = failure.detail;
  result[ResultSlot.failureFlags] = failure.flags;
  return spawnFailure(failed);
}
