// Owner of nothing: asks the agent to collect, and says what is gone.

import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import { failureExitCode } from './exit-codes.ts';
import { findAllocation, shortIdLength } from './find-allocation.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

interface GcFlags extends AgentFlags {
  readonly json?: true;
}

interface Collected {
  readonly Jobs: number;
  readonly Allocations: number;
  readonly Directories: number;
}

export async function collectGarbage(name: string | undefined, flags: GcFlags): Promise<void> {
  const client = new AgentClient(flags.socket);
  const show = (answer: unknown, text: string): void =>
    printOut(flags.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text);
  if (name !== undefined) {
    const found = await findAllocation(client, name);
    if (found === undefined)
      throw new UserError(
        `there is no allocation ${JSON.stringify(name)}. List them by \`raw-exec status JOB\``,
        failureExitCode,
      );
    const { ID } = found;
    const answer = await client.put(`/v1/client/allocation/${ID}/gc`, {});
    return show(answer, `the directory of allocation ${ID.slice(0, shortIdLength)} is removed\n`);
  }
  const answer = await client.put<Collected>('/v1/system/gc', {});
  const { Jobs, Allocations, Directories } = answer;
  show(
    answer,
    `removed: ${Jobs} jobs, ${Allocations} allocations, and the directories of ${Directories} others\n`,
  );
}
