// Owner of the host's samples: /v1/client/stats, and /v1/client/allocation/:id/stats, what tasks use.

import { type CpuInfo, cpus } from 'node:os';
import type { Hono } from 'hono';
import {
  sumUsage,
  type TaskResourceUsage,
  taskResourceUsage,
} from '../../driver/nomad-task-usage.ts';
import type { TaskUsage } from '../../driver/task-host.ts';
import { currentCpus, hostStats } from '../metrics/host-stats.ts';
import { PairedSamples } from '../metrics/paired-samples.ts';
import { runningTask } from './allocation-routes.ts';
import type { ApiContext } from './api.ts';
import { nanoseconds } from './job-json.ts';
import { json, refuse } from './respond.ts';

/** All CPUs of the host are one thing that is sampled. */
const host = 'host';

export function addStatsRoutes(
  app: Hono,
  { agent, node, allocationBase }: ApiContext,
  rates: PairedSamples<TaskUsage>,
): void {
  const hostCpus = new PairedSamples<readonly CpuInfo[]>(currentCpus);
  const cpuMHz = cpus()[0]?.speed ?? 0;

  app.get('/v1/client/allocation/:id/stats', async (context) => {
    const record = agent.allocation(context.req.param('id'));
    if (record === undefined) throw refuse(404, 'alloc not found');
    const only = context.req.query('task') || undefined;
    const names = only === undefined ? Object.keys(record.tasks) : [only];
    const found = await Promise.all(
      names.map(async (name) => {
        const id = runningTask(record, name);
        const pair = id === undefined ? undefined : await rates.pair(id);
        return pair === undefined ? [] : [[name, taskResourceUsage(pair, cpuMHz)] as const];
      }),
    );
    const tasks: Record<string, TaskResourceUsage> = Object.fromEntries(found.flat());
    return json(context, agent, {
      ResourceUsage: sumUsage(Object.values(tasks).map((task) => task.ResourceUsage)),
      Tasks: tasks,
      Timestamp: nanoseconds(Date.now()),
    });
  });
  app.get('/v1/client/stats', async (context) => {
    const asked = context.req.query('node_id') ?? '';
    if (!node.id.startsWith(asked)) throw refuse(404, 'node not found');
    const cpu = await hostCpus.pair(host);
    if (cpu === undefined) throw new Error('the host has no CPUs');
    return json(context, agent, await hostStats(allocationBase, cpu));
  });
}
