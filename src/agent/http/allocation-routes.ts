// Owner of nothing: /v1/allocations, /v1/allocation and what is asked of its tasks.

import type { Hono } from 'hono';
import * as v from 'valibot';
import type { TaskUsage } from '../../driver/task-host.ts';
import type { AllocationRecord, JobRecord } from '../state/records.ts';
import { allocationObject, allocationStub } from './allocation-json.ts';
import type { ApiContext } from './api.ts';
import { type Json, nanoseconds } from './job-json.ts';
import { page } from './page.ts';
import { bodyText } from './read-job.ts';
import { json, refuse, whenNewer } from './respond.ts';

const signalRequest = v.object({
  Signal: v.string(),
  Task: v.optional(v.nullable(v.string())),
});

export function addAllocationRoutes(app: Hono, { agent, driver, node }: ApiContext): void {
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
    return json(
      context,
      agent,
      page(context, listed, ({ ID }) => String(ID)),
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
  app.on(['PUT', 'POST'], '/v1/allocation/:id/stop', async (context) => {
    const { id, index } = await agent.stopAllocation(find(context.req.param('id')).id);
    return json(context, agent, { EvalID: id, Index: index });
  });
  app.on(['PUT', 'POST'], '/v1/client/allocation/:id/signal', async (context) => {
    const record = find(context.req.param('id'));
    const { Signal: signal, Task: only } = await requestOf(context);
    const names = only ? [only] : Object.keys(record.tasks);
    for (const name of names) {
      const id = runningTask(record, name);
      if (id === undefined && only)
        throw refuse(400, `task ${JSON.stringify(name)} is not running`);
      if (id !== undefined) await driver.signalTask(id, signal);
    }
    return json(context, agent, {});
  });
  app.get('/v1/client/allocation/:id/stats', async (context) => {
    const record = find(context.req.param('id'));
    const tasks: Json = {};
    for (const name of Object.keys(record.tasks)) {
      const id = runningTask(record, name);
      if (id !== undefined) tasks[name] = usageObject(await driver.taskStats(id));
    }
    return json(context, agent, { Tasks: tasks, Timestamp: nanoseconds(Date.now()) });
  });
}

async function requestOf(
  context: Parameters<typeof bodyText>[0],
): Promise<v.InferOutput<typeof signalRequest>> {
  const text = await bodyText(context);
  try {
    return v.parse(signalRequest, JSON.parse(text));
  } catch {
    throw refuse(400, 'the body must be an object with "Signal", a text, and perhaps "Task"');
  }
}

/** The id by which the driver knows it. */
export function runningTask(record: AllocationRecord, name: string): string | undefined {
  const task = Object.hasOwn(record.tasks, name) ? record.tasks[name] : undefined;
  if (task === undefined) {
    const known = Object.keys(record.tasks).join(', ');
    throw refuse(404, `allocation ${record.id} has no task ${JSON.stringify(name)}, but ${known}`);
  }
  if (task.state !== 'running') return undefined;
  return `${record.id}/${name}/${String(task.instance).padStart(8, '0')}`;
}

function usageObject(usage: TaskUsage): Json {
  return {
    ResourceUsage: {
      MemoryStats: { RSS: usage.rssBytes, Usage: usage.rssBytes, Measured: ['RSS', 'Usage'] },
    },
    // Beside Nomad's fields: its percentages need two samples.
    CpuTime: { UserMs: usage.userCpuMs, SystemMs: usage.systemCpuMs },
    Timestamp: nanoseconds(usage.takenAt.getTime()),
    Pids: null,
  };
}
