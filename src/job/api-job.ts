/** A job as Nomad's API has it: every field that has a default is there, so that clients need not check for null. Pure. */
import type {
  Constraint,
  Job,
  JobObject,
  JobValue,
  Network,
  Port,
  Reschedule,
  Resources,
  Restart,
  Task,
  TaskGroup,
} from './job-model.ts';

const nanosecondsPerMs = 1_000_000;

/** What {@link loadJobFile} reads as the same job. Sizes are MB and durations nanoseconds, as in the API. */
export function apiJob(job: Job): JobObject {
  return {
    ...job.notHonoured,
    ID: job.id,
    Name: job.name,
    Type: job.type,
    Namespace: job.namespace,
    Region: job.region,
    Priority: job.priority,
    Datacenters: job.datacenters,
    Meta: job.meta,
    Constraints: job.constraints.map(apiConstraint),
    TaskGroups: job.groups.map(apiGroup),
  };
}

function apiGroup(group: TaskGroup): JobObject {
  const { sizeMB, migrate, sticky } = group.ephemeralDisk;
  return {
    ...group.notHonoured,
    Name: group.name,
    Count: group.count,
    Meta: group.meta,
    Constraints: group.constraints.map(apiConstraint),
    RestartPolicy: apiRestart(group.restart),
    ReschedulePolicy: apiReschedule(group.reschedule),
    Networks: group.networks.map(apiNetwork),
    EphemeralDisk: { SizeMB: sizeMB, Migrate: migrate, Sticky: sticky },
    ShutdownDelay: nanoseconds(group.shutdownDelayMs),
    Tasks: group.tasks.map(apiTask),
  };
}

function apiTask(task: Task): JobObject {
  const { lifecycle, logs } = task;
  return {
    ...task.notHonoured,
    Name: task.name,
    Driver: task.driver,
    User: task.user ?? '',
    Config: task.config,
    Env: task.env,
    Meta: task.meta,
    Constraints: task.constraints.map(apiConstraint),
    Resources: apiResources(task.resources),
    LogConfig: {
      MaxFiles: logs.maxFiles,
      MaxFileSizeMB: logs.maxFileSizeMB,
      Disabled: logs.isDisabled,
    },
    RestartPolicy: apiRestart(task.restart),
    Lifecycle:
      lifecycle === undefined ? null : { Hook: lifecycle.hook, Sidecar: lifecycle.isSidecar },
    KillSignal: task.killSignal ?? '',
    KillTimeout: nanoseconds(task.killTimeoutMs),
    ShutdownDelay: nanoseconds(task.shutdownDelayMs),
    Leader: task.isLeader,
  };
}

function apiResources(resources: Resources): JobObject {
  return {
    CPU: resources.cpuMHz,
    Cores: resources.cores,
    MemoryMB: resources.memoryMB,
    MemoryMaxMB: resources.memoryMaxMB,
    Networks: resources.networks.map(apiNetwork),
  };
}

function apiConstraint({ attribute, operator, value }: Constraint): JobObject {
  return { LTarget: attribute, Operand: operator, RTarget: value };
}

function apiRestart(restart: Restart): JobObject {
  return {
    Attempts: restart.attempts,
    Interval: nanoseconds(restart.intervalMs),
    Delay: nanoseconds(restart.delayMs),
    Mode: restart.mode,
    RenderTemplates: restart.renderTemplates,
  };
}

function apiReschedule(policy: Reschedule): JobObject {
  return {
    Attempts: policy.attempts,
    Interval: nanoseconds(policy.intervalMs),
    Delay: nanoseconds(policy.delayMs),
    DelayFunction: policy.delayFunction,
    MaxDelay: nanoseconds(policy.maxDelayMs),
    Unlimited: policy.unlimited,
  };
}

function apiNetwork({ mode, hostname, ports }: Network): JobObject {
  const list = (isReserved: boolean): JobValue[] =>
    ports.filter((port) => (port.static !== undefined) === isReserved).map(apiPort);
  return {
    Mode: mode,
    Hostname: hostname ?? '',
    ReservedPorts: list(true),
    DynamicPorts: list(false),
  };
}

function apiPort(port: Port): JobObject {
  return {
    Label: port.label,
    Value: port.static ?? 0,
    To: port.to ?? 0,
    HostNetwork: port.hostNetwork,
  };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * nanosecondsPerMs);
}
