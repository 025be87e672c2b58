// Owner of a keeper that a user has asked for: until it serves, or until it ends.

import { once } from 'node:events';
import { resolve } from 'node:path';
import { KeeperConnection } from '../keeper/keeper-connection.ts';
import { makeKeeperGroup } from '../keeper/keeper-group.ts';
import { native } from '../native.ts';
import { forwardSignals } from '../process/forward-signals.ts';
import { mirrorExit } from '../process/mirror-exit.ts';
import { spawn } from '../process/spawn.ts';
import type { SpawnedProcess } from '../process/spawned-process.ts';
import { failureExitCode } from './exit-codes.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

/** Starts it and says who serves. Ends this process as the keeper ends, unless that serves in the background now. */
export async function runKeeper(directory: string, isForeground: boolean): Promise<void> {
  const state = resolve(directory);
  const keeper = isForeground ? startHere(state) : await startDetached(state);
  if (isForeground) {
    const ready = keeper.stdio[3];
    if (ready === null || ready === undefined) throw new Error('descriptor 3 is a pipe');
    // Without a line it has ended, and has said why.
    const isReady = once(ready, 'data').then(() => true);
    if (await Promise.race([isReady, keeper.exited.then(() => false)])) await tellWhoServes(state);
    mirrorExit(await keeper.exited);
  }
  const status = await keeper.exited;
  if (status.exitCode !== 0 || status.signal !== null) mirrorExit(status);
  await tellWhoServes(state);
}

/** Neither in our groups nor with anything of ours in its environment: it outlives us. */
async function startDetached(state: string): Promise<SpawnedProcess> {
  const group = await makeKeeperGroup();
  try {
    const keeper = spawn(native.keeperPath, ['keeper', '--state', state], {
      env: {},
      stdio: ['ignore', 'ignore', 'inherit'],
      ...(group !== undefined && { cgroup: group.cgroup }),
    });
    // It ends when the keeper serves, which has its group then.
    await keeper.exited;
    return keeper;
  } finally {
    await group?.settle();
  }
}

function startHere(state: string): SpawnedProcess {
  const keeper = spawn(
    native.keeperPath,
    ['keeper', '--state', state, '--foreground', '--ready-fd', '3'],
    { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  );
  // What ends it in good order. Others would end it, too, and it has no use for them.
  forwardSignals(keeper, { to: 'main', signals: ['SIGINT', 'SIGTERM'] });
  return keeper;
}

async function tellWhoServes(state: string): Promise<void> {
  const connection = await KeeperConnection.open(`${state}/keeper.sock`);
  if (connection === undefined) {
    throw new UserError(
      `the keeper of ${state} has ended just after its start. Start it again, with --foreground to see what it says`,
      failureExitCode,
    );
  }
  const { keeperPid } = connection.welcome;
  connection.close();
  printOut(`process ${keeperPid} serves ${state}\n`);
}
