// Owner of nothing: collections of what has ended, when somebody asks for one.

import type { Hono } from 'hono';
import type { Collected } from '../service/garbage-collector.ts';
import type { ApiContext } from './api.ts';
import type { Json } from './job-json.ts';
import { json, refuse } from './respond.ts';

/** Nomad's own client asks the latter two by GET. */
const writing = ['PUT', 'POST'];
const anyMethod = ['GET', ...writing];

export function addGarbageRoutes(app: Hono, { agent }: ApiContext): void {
  const { garbage } = agent;
  app.on(writing, '/v1/system/gc', async (context) =>
    json(context, agent, collectedObject(await garbage.collectNow('all'))),
  );
  app.on(anyMethod, '/v1/client/gc', async (context) =>
    json(context, agent, collectedObject(await garbage.collectNow('directories'))),
  );
  app.on(anyMethod, '/v1/client/allocation/:id/gc', async (context) => {
    const id = context.req.param('id');
    const record = agent.allocation(id);
    if (record === undefined) throw refuse(404, 'alloc not found');
    if (!record.isOver)
      throw refuse(400, `allocation ${id} cannot be collected before it has ended: stop it first`);
    await garbage.collectAllocation(id);
    return json(context, agent, {});
  });
}

/** Beside Nomad's answer, which is empty. */
function collectedObject({ jobs, allocations, directories }: Collected): Json {
  return { Jobs: jobs, Allocations: allocations, Directories: directories };
}
