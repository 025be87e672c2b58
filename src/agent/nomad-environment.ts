// Pure: the NOMAD_* variables of a task, as far as one host has what they tell.

import type { Task } from '../job/job-model.ts';
import type { Allocation } from './allocation.ts';
import { type TaskPaths, taskPaths } from './allocation-paths.ts';
import type { AssignedPort } from './port-assignment.ts';

type Variables = Record<string, string>;

/** Where the host is, as jobs see it. */
export interface Place {
  readonly datacenter: string;
  readonly region: string;
}

/**
 * All of Nomad's built-in variables that have a value here.
 *
 * Absent are those of what one host does not have: tokens, Consul's upstreams, the address of an agent.
 * @param taskPorts ports that belong to the task alone
 */
export function builtInVariables(
  allocation: Allocation,
  task: Task,
  place: Place,
  taskPorts: readonly AssignedPort[] = [],
): Variables {
  const { job, group } = allocation;
  return {
    ...directories(allocation, taskPaths(allocation.paths, task.name)),
    ...resources(task),
    NOMAD_ALLOC_ID: allocation.id,
    NOMAD_SHORT_ALLOC_ID: allocation.id.slice(0, 8),
    NOMAD_ALLOC_NAME: allocation.name,
    NOMAD_ALLOC_INDEX: String(allocation.index),
    NOMAD_TASK_NAME: task.name,
    NOMAD_GROUP_NAME: group.name,
    NOMAD_JOB_ID: job.id,
    NOMAD_JOB_NAME: job.name,
    NOMAD_DC: place.datacenter,
    NOMAD_REGION: place.region,
    NOMAD_NAMESPACE: job.namespace,
    ...ports([...allocation.ports, ...taskPorts]),
  };
}

function directories(allocation: Allocation, paths: TaskPaths): Variables {
  return {
    NOMAD_ALLOC_DIR: allocation.paths.shared,
    NOMAD_TASK_DIR: paths.local,
    NOMAD_SECRETS_DIR: paths.secrets,
  };
}

function resources(task: Task): Variables {
  const { cpuMHz, memoryMB, memoryMaxMB } = task.resources;
  return {
    NOMAD_CPU_LIMIT: String(cpuMHz),
    NOMAD_MEMORY_LIMIT: String(memoryMB),
    ...(memoryMaxMB > 0 && { NOMAD_MEMORY_MAX_LIMIT: String(memoryMaxMB) }),
  };
}

function ports(assigned: readonly AssignedPort[]): Variables {
  const variables: Variables = {};
  for (const { label: written, hostIp, hostPort, port } of assigned) {
    const label = variableName(written);
    variables[`NOMAD_IP_${label}`] = hostIp;
    variables[`NOMAD_PORT_${label}`] = String(port);
    variables[`NOMAD_ADDR_${label}`] = `${hostIp}:${hostPort}`;
    variables[`NOMAD_${hostIp.includes(':') ? 'IPv6' : 'IPv4'}_${label}`] = hostIp;
    variables[`NOMAD_HOST_IP_${label}`] = hostIp;
    variables[`NOMAD_HOST_PORT_${label}`] = String(hostPort);
    variables[`NOMAD_HOST_ADDR_${label}`] = `${hostIp}:${hostPort}`;
    variables[`NOMAD_ALLOC_PORT_${label}`] = String(port);
  }
  return variables;
}

/** NOMAD_META_*: a task's meta over its group's over its job's, each key as written and in capitals. */
export function metaVariables(allocation: Allocation, task: Task): Variables {
  const meta = { ...allocation.job.meta, ...allocation.group.meta, ...task.meta };
  const variables: Variables = {};
  for (const [key, value] of Object.entries(meta)) {
    const name = variableName(key);
    variables[`NOMAD_META_${name.toUpperCase()}`] = value;
    variables[`NOMAD_META_${name}`] = value;
  }
  return variables;
}

/** What a shell could not write as part of a name becomes `_`. */
function variableName(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_');
}
