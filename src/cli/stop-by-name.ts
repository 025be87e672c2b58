// Owner of nothing: asks the agent to end something, and waits for it.

import { AgentClient, jobPath } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import type { AllocationStub, JobStub } from './agent-objects.ts';
import { usageExitCode } from './exit-codes.ts';
import { allocationOf, shortIdLength } from './find-allocation.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

interface StopFlags extends AgentFlags {
  readonly purge?: true;
  readonly detach?: true;
}

export async function stopByName(name: string, flags: StopFlags): Promise<void> {
  const client = new AgentClient(flags.socket);
  const jobs = await client.get<JobStub[]>('/v1/jobs');
  const isJob = jobs.some(({ ID }) => ID === name);
  const ids = isJob
    ? (await client.get<AllocationStub[]>(`${jobPath(name)}/allocations`)).map(({ ID }) => ID)
    : [(await allocationOf(client, name)).ID];
  if (isJob) await client.delete(jobPath(name), { purge: flags.purge === true });
  else if (flags.purge === true)
    throw new UserError('--purge is for jobs, and this is an allocation', usageExitCode);
  else await client.put(`/v1/allocation/${ids[0] ?? ''}/stop`, {});
  if (flags.detach !== true) await whenEnded(client, new Set(ids));
  printOut(isJob ? `job ${name} is stopped\n` : `allocation ${short(ids[0])} is stopped\n`);
}

/** Those that are gone, because their job was purged, have ended. */
async function whenEnded(client: AgentClient, ids: ReadonlySet<string>): Promise<void> {
  for (let index = 0; ; ) {
    const { body, newest } = await client.getNewer<AllocationStub[]>('/v1/allocations', index);
    const isRunning = ({ ID, ClientStatus }: AllocationStub): boolean =>
      ids.has(ID) && (ClientStatus === 'pending' || ClientStatus === 'running');
    if (!body.some(isRunning)) return;
    index = newest;
  }
}

function short(id = ''): string {
  return id.slice(0, shortIdLength);
}
