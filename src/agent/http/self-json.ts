// Pure: the agent's configuration as /v1/agent/self tells it, with Nomad's names for what Nomad has.

import { formatDuration } from '../../duration.ts';
import type { AgentConfig } from '../agent-config.ts';
import type { Reserved } from '../reserved-config.ts';
import type { Json } from './job-json.ts';

/** What an agent was started with, and what it has read since. */
export interface AgentFacts {
  readonly config: AgentConfig;
  readonly stateDirectory: string;
  readonly socket: string;
  readonly version: string;
}

export function selfConfig({ config, stateDirectory, socket, version }: AgentFacts): Json {
  const { gc, log, reserved, envDenylist, isStoppingTasks, cgroupParent } = config;
  return {
    Region: 'global',
    Datacenter: 'dc1',
    Version: { Version: version },
    DataDir: stateDirectory,
    LogLevel: log.level.toUpperCase(),
    LogJson: log.isJson,
    Client: {
      Enabled: true,
      GCInterval: formatDuration(gc.intervalMs),
      GCMaxAllocs: gc.maxAllocations,
      GCDiskUsageThreshold: gc.diskUsage,
      GCInodeUsageThreshold: gc.inodeUsage,
      CgroupParent: cgroupParent ?? '',
      Options: { 'env.denylist': envDenylist.join(',') },
      Reserved: {
        CPU: reserved.cpuMHz,
        MemoryMB: reserved.memoryMB,
        DiskMB: reserved.diskMB,
        ReservedPorts: portText(reserved),
      },
    },
    Server: {
      Enabled: true,
      JobGCThreshold: formatDuration(gc.jobAgeMs),
      EvalGCThreshold: formatDuration(gc.allocationAgeMs),
    },
    Plugins: [{ Name: 'raw_exec', Config: config.driver }],
    // Nomad has nothing like it.
    Socket: socket,
    SocketMode: config.socketMode.toString(8).padStart(4, '0'),
    StopTasksOnExit: isStoppingTasks,
  };
}

/** `22,8500-8502`. */
export function portText({ ports }: Reserved): string {
  const parts: [number, number][] = [];
  for (const port of ports) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === port - 1) last[1] = port;
    else parts.push([port, port]);
  }
  return parts.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(',');
}
