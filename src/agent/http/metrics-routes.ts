// Owner of nothing: /v1/metrics, as JSON or as text for Prometheus.

import type { Hono } from 'hono';
import type { TaskUsage } from '../../driver/task-host.ts';
import { collectMetrics } from '../metrics/collect-metrics.ts';
import { metricsJson } from '../metrics/metrics-json.ts';
import { metricsText, metricsTextType } from '../metrics/metrics-text.ts';
import type { PairedSamples } from '../metrics/paired-samples.ts';
import type { ApiContext } from './api.ts';
import { json, refuse } from './respond.ts';

export function addMetricsRoutes(
  app: Hono,
  { agent, driver, node, counters, keeperDirectory }: ApiContext,
  rates: PairedSamples<TaskUsage>,
): void {
  app.get('/v1/metrics', async (context) => {
    const format = context.req.query('format') ?? '';
    if (format !== '' && format !== 'prometheus')
      throw refuse(400, `format must be prometheus, and is ${JSON.stringify(format)}`);
    const sources = { agent, driver, counters, rates, keeperDirectory, nodeId: node.id };
    const all = await collectMetrics(sources);
    if (format === '') return json(context, agent, metricsJson(all, new Date()));
    return context.body(metricsText(all), 200, { 'Content-Type': metricsTextType });
  });
}
