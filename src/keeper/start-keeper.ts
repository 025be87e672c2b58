// Owner of the start of a keeper: a process of its own session that goes on when this one ends.

import { once } from 'node:events';
import { RawExecError } from '../errors.ts';
import { native } from '../native.ts';
import { spawn } from '../process/spawn.ts';
import type { KeeperGroup } from './keeper-group.ts';

/** How long a keeper may take until its socket listens. */
const readyWithinMs = 10_000;

export type KeeperStart = 'ready' | 'held' | 'killed';

/**
 * Starts a keeper for a state directory, in a group that was made for it; it is the caller's to settle. Resolves with `ready` when
 * its socket listens; with `held` when it has ended because another keeper holds the directory: that one can be asked as soon as it
 * listens; with `killed` when somebody has killed it.
 *
 * Rejects with `ERR_KEEPER_START` and what the keeper has said.
 */
export async function startKeeper(
  stateDirectory: string,
  group: KeeperGroup | undefined,
): Promise<KeeperStart> {
  const keeper = spawn(
    native.keeperPath,
    ['keeper', '--state', stateDirectory, '--ready-fd', '3'],
    {
      // What a supervisor has for itself is not for what outlives it: neither its terminal nor its environment.
      newSession: true,
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      ...(group !== undefined && { cgroup: group.cgroup }),
    },
  );
  const [, , errors, ready] = keeper.stdio;
  let said = '';
  errors?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const isReady = ready === null || ready === undefined ? undefined : once(ready, 'data');
  const deadline = AbortSignal.timeout(readyWithinMs);
  const outcome = await Promise.race([
    isReady?.then(() => 'ready' as const) ?? keeper.exited,
    keeper.exited,
    once(deadline, 'abort').then(() => 'late' as const),
  ]);
  // From here on nobody waits for it; until then this process does.
  keeper.unref();
  if (errors !== null && errors !== undefined && typeof outcome === 'object') await drained(errors);
  errors?.destroy();
  ready?.destroy();
  if (outcome === 'ready') return 'ready';
  if (outcome === 'late') {
    keeper.kill('SIGKILL');
    throw startFailed(stateDirectory, `it was not ready after ${readyWithinMs} ms`);
  }
  // No fault of its own: another one may fare better.
  if (outcome.signal !== null) return 'killed';
  if (outcome.exitCode === heldByAnother) return 'held';
  throw startFailed(stateDirectory, said.trim() || `it ended with ${outcome.exitCode}`);
}

/** The code with which a keeper ends when another one holds its state directory. */
const heldByAnother = 75;

async function drained(stream: NodeJS.EventEmitter & { readableEnded?: boolean }): Promise<void> {
  if (stream.readableEnded !== true) await once(stream, 'close');
}

function startFailed(stateDirectory: string, why: string): RawExecError {
  return new RawExecError(
    'ERR_KEEPER_START',
    `cannot start the keeper of ${stateDirectory}: ${why}`,
    { path: stateDirectory },
  );
}
