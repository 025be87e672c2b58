// From a job to its allocations and tasks on this host, ready to start. Nothing is made or started here.

import { randomUUID } from 'node:crypto';
import type { Diagnostic } from '../job/hcl/syntax.ts';
import type { Job, TaskGroup } from '../job/job-model.ts';
import type { Allocation } from './allocation.ts';
import { allocationPaths } from './allocation-paths.ts';
import { hostAddress, nodeFacts } from './host-node.ts';
import { checkConstraints } from './job-constraints.ts';
import { type AssignedPort, assignPorts, type PortPool } from './port-assignment.ts';
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

/** This host as a job sees it. */
export function hostFor(job: Job, env: PrepareOptions['env']): HostContext {
  const place = { datacenter: datacenterOf(job), region: job.region };
  return { node: nodeFacts({ ...place, hostIp: hostAddress() }), place, env };
}

/** @param taskPorts those that belong to a task alone, by its name */
export function prepareAllocation(
  allocation: Allocation,
  host: HostContext,
  taskPorts: ReadonlyMap<string, readonly AssignedPort[]>,
): { readonly prepared: PreparedAllocation; readonly diagnostics: readonly Diagnostic[] } {
  const preparations = allocation.group.tasks.map((task) =>
    prepareTask(allocation, task, host, taskPorts.get(task.name) ?? []),
  );
  return {
    prepared: { allocation, tasks: preparations.map(({ prepared }) => prepared) },
    diagnostics: preparations.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** Allocations for each group times its count. */
export async function prepareJob(job: Job, options: PrepareOptions): Promise<PreparedJob> {
  const host = hostFor(job, options.env);
  const hostIp = hostAddress();
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
      const id = randomUUID();
      const name = allocationName(job, group, index);
      const paths = allocationPaths(options.base, id);
      const allocation = { id, name, index, job, group, paths, ports };
      const taskPorts = new Map<string, readonly AssignedPort[]>();
      for (const { name, resources } of group.tasks) {
        taskPorts.set(name, await assignPorts(resources.networks, hostIp, options.ports));
      }
      const { prepared, diagnostics: found } = prepareAllocation(allocation, host, taskPorts);
      for (const diagnostic of found) diagnostics.set(keyOf(diagnostic), diagnostic);
      allocations.push(prepared);
    }
  }
  return { allocations, diagnostics: [...diagnostics.values()] };
}

/** `job.group[index]`, as Nomad names it. */
export function allocationName(job: Job, group: TaskGroup, index: number): string {
  return `${job.id}.${group.name}[${index}]`;
}

/** `datacenters` holds patterns; the first plain name is where the job may think it is. */
function datacenterOf(job: Job): string {
  return job.datacenters.find((name) => !name.includes('*')) ?? 'dc1';
}

function keyOf({ range, summary }: Diagnostic): string {
  const start = range?.start;
  return `${range?.filename}:${start?.line}:${start?.column}:${summary}`;
}
