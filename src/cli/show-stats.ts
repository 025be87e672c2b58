// Owner of nothing: asks the agent what tasks use, and prints.

import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import type { AllocationStub } from './agent-objects.ts';
import { failureExitCode } from './exit-codes.ts';
import { findAllocation } from './find-allocation.ts';
import { printOut } from './print.ts';
import { type AllocationStats, statsText } from './stats-text.ts';
import { UserError } from './user-error.ts';

interface StatsFlags extends AgentFlags {
  readonly json?: true;
  readonly follow?: true;
  readonly interval?: number;
}

/** How many allocations are asked about together: each is a connection. */
const atOnce = 64;
/** To the upper left, and nothing below. */
const clearScreen = '\u001b[H\u001b[J';

export async function showStats(name: string | undefined, flags: StatsFlags): Promise<void> {
  const client = new AgentClient(flags.socket);
  const isFollowing = flags.follow === true;
  const isOnScreen = isFollowing && flags.json !== true && isatty(1);
  let isFirst = true;
  for (;;) {
    const running = await runningAllocations(client, name);
    const stats: AllocationStats[] = [];
    for (let from = 0; from < running.length; from += atOnce) {
      const some = running.slice(from, from + atOnce).map((one) => statsOf(client, one));
      stats.push(...(await Promise.all(some)).flat());
    }
    // What is followed line by line is one object a line.
    const json = (): string => JSON.stringify(stats, null, isFollowing ? 0 : 2);
    const text = flags.json === true ? `${json()}\n` : statsText(stats);
    const gap = flags.json === true || isFirst ? '' : '\n';
    printOut((isOnScreen ? clearScreen : gap) + text);
    if (!isFollowing || (name !== undefined && stats.length === 0)) return;
    isFirst = false;
    await delay(flags.interval ?? 1000);
  }
}

async function runningAllocations(
  client: AgentClient,
  name: string | undefined,
): Promise<readonly AllocationStub[]> {
  const all = await client.get<AllocationStub[]>('/v1/allocations');
  const runs = ({ ClientStatus: status }: AllocationStub): boolean => status === 'running';
  if (name === undefined) return all.filter(runs);
  const ofJob = all.filter(({ JobID: job }) => job === name);
  if (ofJob.length > 0) return ofJob.filter(runs);
  const found = await findAllocation(client, name);
  if (found !== undefined) return runs(found) ? [found] : [];
  throw new UserError(
    `there is no job and no allocation ${JSON.stringify(name)}. List them by \`raw-exec status\``,
    failureExitCode,
  );
}

/** Empty for one that has been forgotten since it was listed. */
async function statsOf(
  client: AgentClient,
  { ID: id, JobID: job }: AllocationStub,
): Promise<AllocationStats[]> {
  try {
    const stats = await client.get<Omit<AllocationStats, 'ID' | 'JobID'>>(
      `/v1/client/allocation/${id}/stats`,
    );
    return [{ ID: id, JobID: job, ...stats }];
  } catch (error) {
    const still = await client.get<AllocationStub[]>('/v1/allocations', { prefix: id });
    if (still.length > 0) throw error;
    return [];
  }
}
