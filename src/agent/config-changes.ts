// Pure: what of a configuration a running agent can take over, and what needs a restart.

import { isDeepStrictEqual } from 'node:util';
import type { AgentConfig } from './agent-config.ts';

export interface ConfigChanges {
  /** What is in force afterwards. */
  readonly config: AgentConfig;
  /** Settings that have changed, as they stand in the file. */
  readonly taken: readonly string[];
  /** Settings that would be others after a restart. */
  readonly needRestart: readonly string[];
}

type Look = (config: AgentConfig) => unknown;

const changeable: Readonly<Record<string, Look>> = {
  log_level: ({ log }) => log.level,
  log_json: ({ log }) => log.isJson,
  stop_tasks_on_exit: ({ isStoppingTasks }) => isStoppingTasks,
  gc_interval: ({ gc }) => gc.intervalMs,
  gc_max_allocs: ({ gc }) => gc.maxAllocations,
  gc_disk_usage_threshold: ({ gc }) => gc.diskUsage,
  gc_inode_usage_threshold: ({ gc }) => gc.inodeUsage,
  job_gc_threshold: ({ gc }) => gc.jobAgeMs,
  eval_gc_threshold: ({ gc }) => gc.allocationAgeMs,
};

const fixed: Readonly<Record<string, Look>> = {
  state_dir: ({ stateDirectory }) => stateDirectory,
  socket: ({ socket }) => socket,
  socket_mode: ({ socketMode }) => socketMode,
  cgroup_parent: ({ cgroupParent }) => cgroupParent,
  env_denylist: ({ envDenylist }) => envDenylist,
  reserved: ({ reserved }) => reserved,
  'plugin "raw_exec"': ({ driver }) => driver,
};

export function configChanges(running: AgentConfig, next: AgentConfig): ConfigChanges {
  const changed = (settings: Readonly<Record<string, Look>>): string[] =>
    Object.entries(settings)
      .filter(([, look]) => !isDeepStrictEqual(look(running), look(next)))
      .map(([name]) => name);
  const { log, gc, isStoppingTasks } = next;
  return {
    config: { ...running, log, gc, isStoppingTasks },
    taken: changed(changeable),
    needRestart: changed(fixed),
  };
}
