// Owner of nothing; asks the agent, its driver and the system: all metrics of this moment.

import type { RawExecDriver } from '../../driver/raw-exec-driver.ts';
import type { TaskUsage } from '../../driver/task-host.ts';
import type { Agent } from '../service/agent.ts';
import { clientStatus } from '../service/client-status.ts';
import type { AgentCounters } from './agent-counters.ts';
import { keeperMemory } from './keeper-memory.ts';
import type { Measured, Metric } from './metric.ts';
import type { PairedSamples } from './paired-samples.ts';
import { lookAtTasks, taskMetrics } from './task-metrics.ts';

export interface MetricSources {
  readonly agent: Agent;
  readonly driver: RawExecDriver;
  readonly counters: AgentCounters;
  readonly rates: PairedSamples<TaskUsage>;
  /** The keeper's state directory. */
  readonly keeperDirectory: string;
  readonly nodeId: string;
}

export async function collectMetrics(sources: MetricSources): Promise<readonly Measured[]> {
  const { agent, counters, keeperDirectory } = sources;
  return [
    ...counted(counters),
    ...allocationGauges(sources),
    ...(await memoryGauges(keeperDirectory)),
    ...taskMetrics(await lookAtTasks(agent.allocations(), sources)),
  ];
}

function counted(counters: AgentCounters): Measured[] {
  const exits = [...counters.exits].map(([reason, value]) => ({ value, labels: { reason } }));
  const counter = (name: string, help: string, value: number): Metric => ({
    name: `raw_exec.task.${name}.total`,
    help,
    kind: 'counter',
    samples: [{ value }],
  });
  return [
    {
      name: 'raw_exec.task.start.seconds',
      help: 'How long starts of tasks took until their programs were there, with the wait for a turn.',
      kind: 'histogram',
      histogram: counters.startSeconds,
    },
    counter('start_failures', 'Starts of tasks that have failed.', counters.startFailures),
    counter('restarts', 'Tasks that were started again by their policies.', counters.restarts),
    counter('oom_kills', 'Processes of tasks killed for want of memory.', counters.oomKills),
    { ...counter('exits', 'Ends of the main processes of tasks, by reason.', 0), samples: exits },
  ];
}

function allocationGauges({ agent, nodeId }: MetricSources): Metric[] {
  const records = agent.allocations();
  const labels = { node_id: nodeId, datacenter: 'dc1' };
  const of = (word: string, help: string, ...statuses: readonly string[]): Metric => {
    const value = records.filter((one) => statuses.includes(clientStatus(one))).length;
    const name = `nomad.client.allocations.${word}`;
    return { name, help, kind: 'gauge', samples: [{ value, labels }] };
  };
  const tasks = records.flatMap((one) => Object.values(one.tasks));
  const running = tasks.filter(({ state }) => state === 'running').length;
  return [
    of('running', 'Allocations that run.', 'running'),
    of('pending', 'Allocations that are to run and do not yet.', 'pending'),
    of('terminal', 'Allocations that have ended and are kept.', 'complete', 'failed'),
    gauge('raw_exec.tasks.running', 'Tasks that run.', running),
  ];
}

async function memoryGauges(keeperDirectory: string): Promise<Metric[]> {
  const parts = await keeperMemory(keeperDirectory);
  const byPart = (name: string, help: string, of: 'processes' | 'residentBytes'): Metric => ({
    name: `raw_exec.keeper.${name}`,
    help,
    kind: 'gauge',
    samples: parts.map((one) => ({ value: one[of], labels: { part: one.part } })),
  });
  const own = process.memoryUsage.rss();
  return [
    gauge('raw_exec.agent.memory.resident.bytes', 'Memory of the agent.', own),
    byPart('memory.resident.bytes', 'Memory of the processes of the keeper.', 'residentBytes'),
    byPart('processes', 'Processes of the keeper.', 'processes'),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, kind: 'gauge', samples: [{ value }] };
}
