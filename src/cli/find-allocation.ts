// Owner of nothing: which allocation a user means by the beginning of its id.

import type { AgentClient } from './agent-client.ts';
import type { AllocationStub } from './agent-objects.ts';
import { failureExitCode } from './exit-codes.ts';
import { UserError } from './user-error.ts';

/** As long as what lists show. */
export const shortIdLength = 8;
const looksLikeId = /^[0-9a-f-]{1,36}$/;

/** Undefined when the text begins no allocation's id. */
export async function findAllocation(
  client: AgentClient,
  text: string,
): Promise<AllocationStub | undefined> {
  if (!looksLikeId.test(text)) return undefined;
  const found = await client.get<AllocationStub[]>('/v1/allocations', { prefix: text });
  if (found.length < 2) return found[0];
  const ids = found.map(({ ID }) => ID).join(', ');
  throw new UserError(
    `${text} begins several allocations: ${ids}. Give more of it`,
    failureExitCode,
  );
}

/** The newest allocation of a job, one that runs before others; or the one whose id begins so. */
export async function allocationOf(client: AgentClient, text: string): Promise<AllocationStub> {
  const all = await client.get<AllocationStub[]>('/v1/allocations');
  const ofJob = all
    .filter(({ JobID }) => JobID === text)
    .toSorted((a, b) => rank(a) - rank(b) || b.CreateTime - a.CreateTime);
  const found = ofJob[0] ?? (await findAllocation(client, text));
  if (found !== undefined) return found;
  throw new UserError(
    `there is no job and no allocation ${JSON.stringify(text)}. List them by \`raw-exec status\``,
    failureExitCode,
  );
}

function rank({ ClientStatus }: AllocationStub): number {
  return ClientStatus === 'running' ? 0 : 1;
}

/** The task that is meant: the only one needs no name. */
export function taskOf({ ID, TaskStates }: AllocationStub, wanted: string | undefined): string {
  const names = Object.keys(TaskStates);
  const [only] = names;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (wanted === undefined && names.length === 1 && only !== undefined) return only;
  const which = `allocation ${ID.slice(0, shortIdLength)} has the tasks ${names.join(', ')}`;
  const what = wanted === undefined ? 'say which one is meant' : `${wanted} is none of them`;
  throw new UserError(`${which}: ${what}`, failureExitCode);
}
