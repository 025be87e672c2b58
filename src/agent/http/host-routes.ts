// Owner of nothing: what is asked about the agent and the one node that it is.

import type { Hono } from 'hono';
import type { ApiContext } from './api.ts';
import { json, refuse } from './respond.ts';

export function addHostRoutes(app: Hono, { agent, node, version }: ApiContext): void {
  const stub = {
    ID: node.id,
    Name: node.name,
    Datacenter: 'dc1',
    NodeClass: '',
    NodePool: 'default',
    // With an address the nomad command would dial whoever listens there, with its user's token.
    HTTPAddr: '',
    Address: '',
    Status: 'ready',
    StatusDescription: '',
    SchedulingEligibility: 'eligible',
    Drain: false,
    Version: version,
    Drivers: { raw_exec: { Detected: true, Healthy: true, HealthDescription: 'Healthy' } },
    CreateIndex: 1,
    ModifyIndex: 1,
  };
  app.get('/v1/nodes', (context) => json(context, agent, [stub]));
  app.get('/v1/node/:id', (context) => {
    if (!node.id.startsWith(context.req.param('id'))) throw refuse(404, 'node not found');
    return json(context, agent, { ...stub, NodeResources: {}, ReservedResources: {} });
  });
  app.get('/v1/agent/self', (context) =>
    json(context, agent, {
      config: { Region: 'global', Datacenter: 'dc1', Version: { Version: version } },
      member: { Name: node.name, Status: 'alive' },
      stats: { 'raw-exec': { version, jobs: String(agent.jobs().length) } },
    }),
  );
  app.get('/v1/agent/health', (context) =>
    json(context, agent, {
      server: { ok: true, message: 'ok' },
      client: { ok: true, message: 'ok' },
    }),
  );
  app.get('/v1/status/leader', (context) => json(context, agent, 'raw-exec'));
}
