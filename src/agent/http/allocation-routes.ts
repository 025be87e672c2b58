// Owner of nothing: /v1/allocations, /v1/allocation and what is asked of its tasks.

import type { Context, Hono } from 'hono';
import * as v from 'valibot';
import { instanceId } from '../instance-id.ts';
import type { AllocationRecord, JobRecord } from '../state/records.ts';
import { allocationObject, allocationStub } from './allocation-json.ts';
import type { ApiContext } from './api.ts';
import type { Json } from './job-json.ts';
import { page } from './page.ts';
import { bodyText, parseJson } from './read-job.ts';
import { json, refuse, whenNewer } from './respond.ts';

const signalRequest = v.object({
  Signal: v.string('Signal must be a text'),
  Task: v.nullish(v.string('Task must be a text')),
});
const restartRequest = v.object({
  TaskName: v.nullish(v.string('TaskName must be a text')),
  AllTasks: v.nullish(v.boolean('AllTasks must be true or false')),
});

export function addAllocationRoutes(app: Hono, { agent, node }: ApiContext): void {
  const jobOf = ({ jobId }: AllocationRecord): JobRecord => {
    const job = agent.job(jobId);
    if (job === undefined) throw refuse(404, `job not found: ${jobId}`);
    return job;
  };
  const find = (id: string): AllocationRecord => {
    const record = agent.allocation(id);
    if (record === undefined) throw refuse(404, 'alloc not found');
    return record;
  };

  app.get('/v1/allocations', async (context) => {
    await whenNewer(context, agent);
    const listed = agent.allocations().map((one) => allocationStub(one, jobOf(one), node));
    const whole = ({ ID: id }: Json): Json => {
      const record = find(String(id));
      return allocationObject(record, jobOf(record), agent.allocations(record.jobId), node);
    };
    return json(
      context,
      agent,
      page(context, listed, ({ ID }) => String(ID), whole),
    );
  });
  app.get('/v1/allocation/:id', async (context) => {
    await whenNewer(context, agent);
    const record = find(context.req.param('id'));
    const job = jobOf(record);
    return json(
      context,
      agent,
      allocationObject(record, job, agent.allocations(record.jobId), node),
    );
  });
  // Checks of services are not run.
  app.get('/v1/client/allocation/:id/checks', (context) => {
    find(context.req.param('id'));
    return json(context, agent, {});
  });
  app.on(['PUT', 'POST'], '/v1/allocation/:id/stop', async (context) => {
    const { id, index } = await agent.stopAllocation(find(context.req.param('id')).id);
    return json(context, agent, { EvalID: id, Index: index });
  });
  app.on(['PUT', 'POST'], '/v1/client/allocation/:id/signal', async (context) => {
    const { id } = find(context.req.param('id'));
    const { Signal: signal, Task: task } = await requestOf(context, signalRequest);
    await agent.signal(id, signal, task || undefined);
    return json(context, agent, {});
  });
  app.on(['PUT', 'POST'], '/v1/client/allocation/:id/restart', async (context) => {
    const { id, tasks } = find(context.req.param('id'));
    const { TaskName: task, AllTasks: isAll } = await requestOf(context, restartRequest);
    if (isAll === true && task) throw refuse(400, 'TaskName and AllTasks exclude each other');
    const ended = Object.keys(tasks).find((name) => tasks[name]?.state === 'dead');
    if (isAll === true && ended !== undefined) {
      const advice = 'Stop the allocation, and another one takes its place';
      throw refuse(501, `task ${ended} has ended, and is not started again in this one. ${advice}`);
    }
    await agent.restart(id, task || undefined);
    return json(context, agent, { Index: agent.index });
  });
}

async function requestOf<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, parseJson(await bodyText(context)));
  if (parsed.success) return parsed.output;
  throw refuse(400, `the body is not as it should be: ${parsed.issues[0].message}`);
}

/** The id by which the driver knows it. */
export function runningTask(record: AllocationRecord, name: string): string | undefined {
  const task = Object.hasOwn(record.tasks, name) ? record.tasks[name] : undefined;
  if (task === undefined) {
    const known = Object.keys(record.tasks).join(', ');
    throw refuse(404, `allocation ${record.id} has no task ${JSON.stringify(name)}, but ${known}`);
  }
  if (task.state !== 'running') return undefined;
  return instanceId(record.id, name, task.instance);
}
