// Owner of nothing: the ports that a job names itself are taken before any is chosen, and each is there once on a host.

import type { Diagnostic } from '../job/hcl/syntax.ts';
import type { Job, TaskGroup } from '../job/job-model.ts';
import type { PortPool } from './port-assignment.ts';

/** @returns an error for each port that two allocations, or two labels of one, would have to share */
export function reserveStaticPorts(job: Job, pool: PortPool): Diagnostic[] {
  const holders = new Map<number, string>();
  const diagnostics: Diagnostic[] = [];
  for (const group of job.groups) {
    const ports = staticPortsOf(group);
    for (let index = 0; index < group.count; index++) {
      for (const { port, label } of ports) {
        const holder = `${group.name}[${index}] as ${JSON.stringify(label)}`;
        const other = holders.get(port) ?? 'somebody else';
        holders.set(port, holder);
        if (pool.reserve(port)) continue;
        const summary = `port ${port} is there once on this host, and is asked for by ${other} and by ${holder}: leave "static" out, or give another one`;
        diagnostics.push({ severity: 'error', summary });
      }
    }
  }
  return diagnostics;
}

/** Reserves all that the group names, or none. `inherited`: those that are its own when who has them now has ended. */
export function reservePorts(
  group: TaskGroup,
  pool: PortPool,
  inherited: ReadonlySet<number>,
): { readonly taken: readonly number[] } {
  const reserved: number[] = [];
  const taken: number[] = [];
  for (const { port } of staticPortsOf(group)) {
    if (!inherited.has(port)) (pool.reserve(port) ? reserved : taken).push(port);
  }
  if (taken.length > 0) for (const port of reserved) pool.release(port);
  return { taken };
}

function staticPortsOf(group: TaskGroup): { port: number; label: string }[] {
  const networks = [
    ...group.networks,
    ...group.tasks.flatMap(({ resources }) => resources.networks),
  ];
  return networks
    .flatMap(({ ports }) => ports)
    .flatMap((port) =>
      port.static === undefined ? [] : [{ port: port.static, label: port.label }],
    );
}
