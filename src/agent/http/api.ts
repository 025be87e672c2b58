// Owner of the API: the same paths and JSON as Nomad's, over the agent's state.

import { Hono } from 'hono';
import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import type { AgentCounters } from '../metrics/agent-counters.ts';
import { taskRates } from '../metrics/task-rates.ts';
import type { Agent } from '../service/agent.ts';
import type { NodeName } from './allocation-json.ts';
import { addAllocationRoutes } from './allocation-routes.ts';
import { addEventRoutes } from './event-routes.ts';
import { addFsRoutes } from './fs-routes.ts';
import { addGarbageRoutes } from './garbage-routes.ts';
import { addHostRoutes } from './host-routes.ts';
import { addJobRoutes } from './job-routes.ts';
import { addLogRoutes } from './log-routes.ts';
import { addMetricsRoutes } from './metrics-routes.ts';
import { failed, outgoingOf } from './respond.ts';
import { addSearchRoutes } from './search-routes.ts';
import type { AgentFacts } from './self-json.ts';
import { addStatsRoutes } from './stats-routes.ts';

export interface ApiContext {
  readonly agent: Agent;
  readonly driver: RawExecDriver;
  readonly node: NodeName;
  readonly version: string;
  readonly counters: AgentCounters;
  /** The keeper's state directory. */
  readonly keeperDirectory: string;
  /** Where the allocation directories are. */
  readonly allocationBase: string;
  readonly facts: () => AgentFacts;
  /** One line for the operator. */
  readonly log: (message: string) => void;
}

export function makeApi(context: ApiContext): Hono {
  const app = new Hono();
  app.onError((error, request) => failed(error, request, context.log));
  app.notFound((request) =>
    request.text(`this agent has no ${request.req.method} ${request.req.path}`, 404),
  );
  app.use(async (request, next) => {
    const namespace = request.req.query('namespace');
    if (namespace !== undefined && namespace !== 'default' && namespace !== '*')
      return request.text(`there is no namespace ${JSON.stringify(namespace)} here`, 404);
    const region = request.req.query('region');
    if (region !== undefined && region !== 'global')
      return request.text(`there is no region ${JSON.stringify(region)} here`, 404);
    return next();
  });
  app.use(async (request, next) => {
    await next();
    // Nobody reads the body, or nobody is there any more: what writes it would wait for that for ever.
    const isRead = request.req.method !== 'HEAD' && outgoingOf(request)?.destroyed !== true;
    if (!isRead) await request.res.body?.cancel();
  });
  addJobRoutes(app, context);
  addAllocationRoutes(app, context);
  addLogRoutes(app, context);
  addEventRoutes(app, context);
  addFsRoutes(app, context);
  addSearchRoutes(app, context);
  const rates = taskRates(context.driver);
  addStatsRoutes(app, context, rates);
  addMetricsRoutes(app, context, rates);
  addHostRoutes(app, context);
  addGarbageRoutes(app, context);
  return app;
}
