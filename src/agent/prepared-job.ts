// From a job to its allocations and tasks on this host, ready to start. Nothing is made or started here.

import { randomUUID } from 'node:crypto';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import type { Job, TaskGroup } from '../job/job-model.ts';
import type { Allocation } from './allocation.ts';
import { allocationPaths } from './allocation-paths.ts';
import { hostAddress, nodeFacts } from './host-node.ts';
import { checkConstraints } from './job-constraints.ts';
import { assignPorts, type PortPool } from './port-assignment.ts';
import { type HostContext, type PreparedTask, prepareTask } from './prepared-task.ts';
import { reserveStaticPorts } from './static-ports.ts';

/** One allocation with its tasks. */
export interface PreparedAllocation {
  readonly allocation: Allocation;
  readonly tasks: readonly PreparedTask[];
}

export interface PreparedJob {
  readonly allocations: readonly PreparedAllocation[];
  /** Problems that only the second evaluation of `config` shows; each once, however many allocations have it. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PrepareOptions {
  /** The directory that will hold the allocations; absolute. */
  readonly base: string;
  readonly ports: PortPool;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Allocations for each group times its count. */
export async function prepareJob(job: Job, options: PrepareOptions): Promise<PreparedJob> {
  const hostIp = hostAddress();
  const place = { datacenter: datacenterOf(job), region: job.region };
  const host: HostContext = { node: nodeFacts({ ...place, hostIp }), place, env: options.env };
  const allocations: PreparedAllocation[] = [];
  const diagnostics = new Map<string, Diagnostic>();
  const onHost = [
    ...(await checkConstraints(job, host.node)),
    ...reserveStaticPorts(job, options.ports),
  ];
  for (const diagnostic of onHost) diagnostics.set(keyOf(diagnostic), diagnostic);
  for (const group of job.groups) {
    for (let index = 0; index < group.count; index++) {
      const ports = await assignPorts(group.networks, hostIp, options.ports);
      const allocation = makeAllocation(job, group, index, options.base, ports);
      const tasks: PreparedTask[] = [];
      for (const task of group.tasks) {
        const own = await assignPorts(task.resources.networks, hostIp, options.ports);
        const preparation = prepareTask(allocation, task, host, own);
        tasks.push(preparation.prepared);
        for (const diagnostic of preparation.diagnostics) {
          diagnostics.set(keyOf(diagnostic), diagnostic);
        }
      }
      allocations.push({ allocation, tasks });
    }
  }
  return { allocations, diagnostics: [...diagnostics.values()] };
}

function makeAllocation(
  job: Job,
  group: TaskGroup,
  index: number,
  base: string,
  ports: Allocation['ports'],
): Allocation {
  const id = randomUUID();
  const name = `${job.id}.${group.name}[${index}]`;
  return { id, name, index, job, group, paths: allocationPaths(base, id), ports };
}

/** `datacenters` holds patterns; the first plain name is where the job may think it is. */
function datacenterOf(job: Job): string {
  return job.datacenters.find((name) => !name.includes('*')) ?? 'dc1';
}

function keyOf({ range, summary }: Diagnostic): string {
  const start = range?.start;
  return `${range?.filename}:${start?.line}:${start?.column}:${summary}`;
}
