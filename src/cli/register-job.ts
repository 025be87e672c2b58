// Owner of nothing: hands a job to the agent, and follows it until its allocations are decided.

import { apiJob } from '../job/api-job.ts';
import type { Job } from '../job/job-model.ts';
import type { AgentClient } from './agent-client.ts';
import { jobPath } from './agent-client.ts';
import type { AllocationStub, Evaluation } from './agent-objects.ts';
import { failureExitCode } from './exit-codes.ts';
import { shortIdLength } from './find-allocation.ts';
import { failuresOf } from './placement-failures.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

/** What the user has written, as the API takes it. */
export interface Submission {
  readonly Source: string;
  readonly Format: 'hcl2' | 'json';
  readonly VariableFlags: Readonly<Record<string, string>>;
  readonly Variables: string;
}

/** Resolves when its tasks run or have ended; at once with `isDetached`. */
export async function registerJob(
  client: AgentClient,
  job: Job,
  submission: Submission,
  isDetached: boolean,
): Promise<void> {
  const body = { Job: apiJob(job), Submission: submission };
  const { EvalID: id } = await client.put<{ EvalID: string }>('/v1/jobs', body);
  printOut(`job ${job.id} is registered\n`);
  const evaluation = await client.get<Evaluation>(`/v1/evaluation/${id}`);
  const failures = failuresOf(evaluation);
  if (!isDetached) await follow(client, job.id, id);
  if (failures.length === 0) return;
  throw new UserError(`not all of it could be placed:\n${failures.join('\n')}`, failureExitCode);
}

async function follow(client: AgentClient, jobId: string, evaluationId: string): Promise<void> {
  const told = new Map<string, string>();
  for (let index = 0; ; ) {
    const path = `${jobPath(jobId)}/allocations`;
    const { body, newest } = await client.getNewer<AllocationStub[]>(path, index);
    const mine = body.filter(({ EvalID }) => EvalID === evaluationId);
    for (const { ID, Name, ClientStatus } of mine) {
      if (told.get(ID) === ClientStatus) continue;
      told.set(ID, ClientStatus);
      printOut(`allocation ${ID.slice(0, shortIdLength)} (${Name}): ${ClientStatus}\n`);
    }
    if (mine.every(({ ClientStatus }) => ClientStatus !== 'pending')) {
      const failed = mine.filter(({ ClientStatus }) => ClientStatus === 'failed');
      if (failed.length === 0) return;
      const ids = failed.map(({ ID }) => ID.slice(0, shortIdLength)).join(', ');
      const advice = 'See `raw-exec status ALLOCATION` and `raw-exec logs --stderr ALLOCATION`';
      throw new UserError(`failed: ${ids}. ${advice}`, failureExitCode);
    }
    index = newest;
  }
}
