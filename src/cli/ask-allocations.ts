// Owner of nothing: asks the agent to do something with what runs of a job, or of one allocation.

import { AgentClient } from './agent-client.ts';
import type { AgentFlags } from './agent-flags.ts';
import type { AllocationStub } from './agent-objects.ts';
import { failureExitCode } from './exit-codes.ts';
import { allocationOf, shortIdLength } from './find-allocation.ts';
import { printOut } from './print.ts';
import { tellError } from './tell-error.ts';
import { UserError } from './user-error.ts';

export async function signalTasks(
  name: string,
  task: string | undefined,
  flags: AgentFlags & { readonly signal: string },
): Promise<void> {
  const client = new AgentClient(flags.socket);
  const body = { Signal: flags.signal, ...(task !== undefined && { Task: task }) };
  await forEach('signal', await runningOf(client, name, task), async (one) => {
    await client.put(`/v1/client/allocation/${one.ID}/signal`, body);
    printOut(`${what(one, task)}: got ${flags.signal}\n`);
  });
}

export async function restartTasks(
  name: string,
  task: string | undefined,
  flags: AgentFlags,
): Promise<void> {
  const client = new AgentClient(flags.socket);
  const body = task === undefined ? {} : { TaskName: task };
  await forEach('restart', await runningOf(client, name, task), async (one) => {
    await client.put(`/v1/client/allocation/${one.ID}/restart`, body);
    printOut(`${what(one, task)}: is started again\n`);
  });
}

/** One that has ended since it was listed is told, and the others are asked all the same. */
async function forEach(
  command: string,
  allocations: readonly AllocationStub[],
  ask: (allocation: AllocationStub) => Promise<void>,
): Promise<void> {
  for (const one of allocations) {
    try {
      await ask(one);
    } catch (error) {
      process.exitCode = tellError(error, command);
    }
  }
}

/** All that run of a job, those with the task where one is named; or that one allocation, whatever its state. */
async function runningOf(
  client: AgentClient,
  name: string,
  task: string | undefined,
): Promise<AllocationStub[]> {
  const all = await client.get<AllocationStub[]>('/v1/allocations');
  const ofJob = all.filter(({ JobID }) => JobID === name);
  if (ofJob.length === 0) return [await allocationOf(client, name)];
  const isRunning = ({ TaskStates }: AllocationStub): boolean =>
    Object.entries(TaskStates).some(
      ([one, { State }]) => State === 'running' && (task === undefined || one === task),
    );
  const running = ofJob.filter(isRunning);
  if (running.length > 0) return running;
  const which = task === undefined ? '' : ` of task ${task}`;
  throw new UserError(
    `nothing${which} runs of job ${name}. See raw-exec status ${name}`,
    failureExitCode,
  );
}

function what({ ID }: AllocationStub, task: string | undefined): string {
  const allocation = `allocation ${ID.slice(0, shortIdLength)}`;
  return task === undefined ? allocation : `${allocation}, task ${task}`;
}
