// Pure: allocations as Nomad's API tells them. Times of allocations are nanoseconds since 1970, those of tasks RFC 3339.

import { clientStatus } from '../service/client-status.ts';
import { newestVersion, storedVersion } from '../service/job-versions.ts';
import type {
  AllocationRecord,
  JobRecord,
  PortRecord,
  TaskEventRecord,
  TaskRecord,
} from '../state/records.ts';
import { type Json, jobObject, nanoseconds } from './job-json.ts';

/** The node that everything is on. */
export interface NodeName {
  readonly id: string;
  readonly name: string;
}

export function allocationStub(record: AllocationRecord, job: JobRecord, node: NodeName): Json {
  const version = storedVersion(job, record.jobVersion) ?? newestVersion(job);
  const tasks = Object.entries(record.tasks);
  return {
    ID: record.id,
    EvalID: record.evaluationId,
    Name: record.name,
    Namespace: version['Namespace'],
    NodeID: node.id,
    NodeName: node.name,
    JobID: record.jobId,
    JobType: version['Type'],
    JobVersion: record.jobVersion,
    TaskGroup: record.group,
    DesiredStatus: record.desired,
    DesiredDescription: record.desiredReason,
    ClientStatus: clientStatus(record),
    ClientDescription: '',
    DesiredTransition: { Migrate: null, Reschedule: null, ForceReschedule: null },
    TaskStates: Object.fromEntries(tasks.map(([name, task]) => [name, taskState(task)])) as Json,
    DeploymentStatus: null,
    FollowupEvalID: '',
    RescheduleTracker: null,
    PreviousAllocation: record.previousId ?? '',
    NextAllocation: record.nextId ?? '',
    PreemptedAllocations: [],
    PreemptedByAllocation: '',
    CreateIndex: record.createIndex,
    ModifyIndex: record.modifyIndex,
    CreateTime: nanoseconds(record.createdAt),
    ModifyTime: nanoseconds(record.modifiedAt),
  };
}

export function allocationObject(
  record: AllocationRecord,
  job: JobRecord,
  allocations: readonly AllocationRecord[],
  node: NodeName,
): Json {
  const whole = jobObject(job, allocations, record.jobVersion);
  const group = groupOf(whole, record.group);
  const tasks = Array.isArray(group['Tasks']) ? (group['Tasks'] as Json[]) : [];
  const resources = tasks.map((task) => [String(task['Name']), task['Resources'] as Json] as const);
  const disk = group['EphemeralDisk'] as Json | undefined;
  const shared = {
    DiskMB: Number(disk?.['SizeMB'] ?? 0),
    Networks: [],
    Ports: record.ports.map(portOf),
  };
  const sum = (name: string): number =>
    resources.reduce((total, [, one]) => total + Number(one[name] ?? 0), 0);
  return {
    ...allocationStub(record, job, node),
    Job: whole,
    Resources: {
      CPU: sum('CPU'),
      MemoryMB: sum('MemoryMB'),
      DiskMB: shared.DiskMB,
      Networks: [],
    },
    SharedResources: { CPU: 0, MemoryMB: 0, ...shared },
    TaskResources: Object.fromEntries(resources) as Json,
    AllocatedResources: {
      Tasks: Object.fromEntries(
        resources.map(([name, one]) => [name, allocatedTask(one, record.taskPorts[name] ?? [])]),
      ) as Json,
      Shared: shared,
    },
    AllocModifyIndex: record.modifyIndex,
    Metrics: null,
  };
}

function groupOf(job: Json, name: string): Json {
  const groups = Array.isArray(job['TaskGroups']) ? (job['TaskGroups'] as Json[]) : [];
  return groups.find((group) => group['Name'] === name) ?? {};
}

function allocatedTask(resources: Json, ports: readonly PortRecord[]): Json {
  return {
    Cpu: { CpuShares: resources['CPU'], ReservedCores: [] },
    Memory: { MemoryMB: resources['MemoryMB'], MemoryMaxMB: resources['MemoryMaxMB'] },
    Networks: ports.length === 0 ? [] : [{ DynamicPorts: ports.map(portOf) }],
    Devices: [],
  };
}

function portOf({ label, hostPort, port, hostIp }: PortRecord): Json {
  return { Label: label, Value: hostPort, To: port, HostIP: hostIp };
}

function taskState(task: TaskRecord): Json {
  return {
    State: task.state,
    Failed: task.isFailed,
    Restarts: task.restarts,
    LastRestart: rfc3339(task.lastRestartAt),
    StartedAt: rfc3339(task.startedAt),
    FinishedAt: rfc3339(task.finishedAt),
    Events: task.events.map(taskEvent),
  };
}

function taskEvent({ type, at, message, details }: TaskEventRecord): Json {
  return {
    Type: type,
    Time: nanoseconds(at),
    Message: message,
    DisplayMessage: message,
    Details: details,
    ExitCode: Number(details['exit_code'] ?? 0),
    Signal: Number(details['signal'] ?? 0),
    FailsTask: false,
  };
}

function rfc3339(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
