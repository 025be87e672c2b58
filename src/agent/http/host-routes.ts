// Owner of nothing: what is asked about the agent and the one node that it is.

import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Hono } from 'hono';
import type { Fingerprint } from '../../driver/fingerprint.ts';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import { allocationObject } from './allocation-json.ts';
import type { ApiContext } from './api.ts';
import type { Json } from './job-json.ts';
import { page } from './page.ts';
import { json, refuse } from './respond.ts';
import { portText, selfConfig } from './self-json.ts';

const bytesPerMB = 1024 * 1024;

export function addHostRoutes(app: Hono, context: ApiContext): void {
  const { agent, node, version } = context;
  app.get('/v1/nodes', async (request) => {
    const nodes = [await nodeObject(context)];
    return json(
      request,
      agent,
      page(request, nodes, ({ ID }) => String(ID)),
    );
  });
  app.get('/v1/node/:id', async (request) => {
    if (!node.id.startsWith(request.req.param('id'))) throw refuse(404, 'node not found');
    return json(request, agent, { ...(await nodeObject(context)), ...resources(context) });
  });
  app.get('/v1/node/:id/allocations', (request) => {
    if (!node.id.startsWith(request.req.param('id'))) throw refuse(404, 'node not found');
    const all = agent.jobs().flatMap((job) => {
      const ofJob = agent.allocations(job.id);
      return ofJob.map((one) => allocationObject(one, job, ofJob, node));
    });
    return json(request, agent, all);
  });
  app.get('/v1/agent/self', (request) =>
    json(request, agent, {
      config: selfConfig(context.facts()),
      member: { Name: node.name, Status: 'alive' },
      stats: { 'raw-exec': { version, jobs: String(agent.jobs().length) } },
    }),
  );
  // That it answers is what is asked: server and client are one process here.
  app.get('/v1/agent/health', (request) =>
    json(request, agent, {
      server: { ok: true, message: 'ok' },
      client: { ok: true, message: 'ok' },
    }),
  );
  app.get('/v1/status/leader', (request) => json(request, agent, 'raw-exec'));
}

async function nodeObject({ driver, node, version }: ApiContext): Promise<Json> {
  const { health, healthDescription, attributes } = await fingerprintOf(driver);
  return {
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
    Attributes: attributes,
    Drivers: {
      raw_exec: {
        Detected: health !== 'undetected',
        Healthy: health === 'healthy',
        HealthDescription: healthDescription,
      },
    },
    CreateIndex: 1,
    ModifyIndex: 1,
  };
}

/** The first is there at once. */
async function fingerprintOf(driver: RawExecDriver): Promise<Fingerprint> {
  for await (const fingerprint of driver.fingerprint()) return fingerprint;
  throw new Error('the driver has been closed');
}

/** What the host has, and what of it is not for jobs. */
function resources({ facts }: ApiContext): Json {
  const { reserved } = facts().config;
  const shares = cpus().reduce((sum, { speed }) => sum + speed, 0);
  const memoryMB = Math.floor(totalmem() / bytesPerMB);
  return {
    NodeResources: {
      Cpu: { CpuShares: shares, TotalCpuCores: availableParallelism() },
      Memory: { MemoryMB: memoryMB },
    },
    ReservedResources: {
      Cpu: { CpuShares: reserved.cpuMHz },
      Memory: { MemoryMB: reserved.memoryMB },
      Disk: { DiskMB: reserved.diskMB },
      Networks: { ReservedHostPorts: portText(reserved) },
    },
  };
}
