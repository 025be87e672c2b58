// Pure: the keys of the plugin's own block and of a task's `config` block, as Nomad is told of them. What they mean and which values
// they take is in ../driver/plugin-config.ts, ../driver/task-config.ts and plugin-settings.ts; a test holds the names against these.

import {
  attribute,
  attributeWithDefault,
  block,
  blocks,
  object,
  requiredAttribute,
} from './block-schema.ts';
import type { Spec } from './wire/hclspec_pb.ts';

export const pluginBlock: Spec = object({
  enabled: attributeWithDefault('bool', 'false'),
  denied_host_uids: attribute('string'),
  denied_host_gids: attribute('string'),
  denied_envvars: attribute('list(string)'),
  state_dir: attribute('string'),
  cgroup_parent: attribute('string'),
  cgroup_pool: attribute('number'),
  log_collection: attribute('string'),
  logs: block({
    max_files: attribute('number'),
    max_file_size: attribute('number'),
    when_full: attribute('string'),
    pump: attribute('string'),
  }),
});

export const taskBlock: Spec = object({
  command: requiredAttribute('string'),
  args: attribute('list(string)'),
  work_dir: attribute('string'),
  oom_score_adj: attribute('number'),
  cgroup_v1_override: attribute('list(map(string))'),
  cgroup_v2_override: attribute('string'),
  denied_envvars: attribute('list(string)'),
  limits: block({
    memory_high: attribute('number'),
    swap_max: attribute('number'),
    memory_oom_group: attribute('bool'),
    cpu_max: attribute('number'),
    pids_max: attribute('number'),
    io_weight: attribute('number'),
    io_max: blocks({
      device: requiredAttribute('string'),
      read_bps: attribute('number'),
      write_bps: attribute('number'),
      read_iops: attribute('number'),
      write_iops: attribute('number'),
    }),
  }),
  stop: blocks({
    signal: requiredAttribute('string'),
    to: attribute('string'),
    grace: attribute('string'),
  }),
});
