// Owner of nothing: asks the agent, and prints.

import { AgentClient, jobPath } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import type { AllocationStub, Evaluation, JobStub } from './agent-objects.ts';
import { failureExitCode } from './exit-codes.ts';
import { findAllocation } from './find-allocation.ts';
import { failuresOf } from './placement-failures.ts';
import { hasColours, printOut } from './print.ts';
import { coloured, plain } from './status-paint.ts';
import { allocationText, jobsText, jobText } from './status-text.ts';
import { UserError } from './user-error.ts';

interface StatusFlags extends AgentFlags {
  readonly json?: true;
}

export async function showStatus(name: string | undefined, flags: StatusFlags): Promise<void> {
  const client = new AgentClient(flags.socket);
  const paint = hasColours(1) ? coloured : plain;
  const show = (answer: unknown, text: () => string): void =>
    printOut(flags.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text());
  const jobs = await client.get<JobStub[]>('/v1/jobs');
  if (name === undefined) return show(jobs, () => jobsText(jobs, Date.now(), paint));
  const job = jobs.find(({ ID }) => ID === name);
  if (job !== undefined) {
    const path = jobPath(name);
    const allocations = await client.get<AllocationStub[]>(`${path}/allocations`);
    const [evaluation] = await client.get<Evaluation[]>(`${path}/evaluations`);
    return show({ Job: await client.get(path), Allocations: allocations }, () =>
      jobText(job, allocations, failuresOf(evaluation), Date.now(), paint),
    );
  }
  const allocation = await findAllocation(client, name);
  if (allocation !== undefined) {
    const whole = await client.get<AllocationStub>(`/v1/allocation/${allocation.ID}`);
    return show(whole, () => allocationText(whole, Date.now(), paint));
  }
  throw new UserError(
    `there is no job and no allocation ${JSON.stringify(name)}. List them by \`raw-exec status\``,
    failureExitCode,
  );
}
