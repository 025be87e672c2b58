/** Rows of the field table: `task`. Pure. */
import { type BlockField, block, honoured, inside, nameLabel, warned } from './field.ts';
import { artifact, dispatchPayload, template } from './files-fields.ts';
import { affinity, constraint } from './placement-fields.ts';
import { lifecycle, logs, resources } from './resources-fields.ts';
import { identity, service } from './service-fields.ts';
import { restart, scaling } from './update-fields.ts';

/** Access to Vault. */
export const vault: BlockField = block(
  'vault',
  'one',
  'warned',
  {
    fields: [
      inside('policies', 'list of strings'),
      inside('role', 'string'),
      inside('namespace', 'string'),
      inside('cluster', 'string', ['default']),
      inside('env', 'bool', [true]),
      inside('disable_file', 'bool'),
      inside('change_mode', 'string', ['restart']),
      inside('change_signal', 'string'),
      inside('allow_token_expiration', 'bool'),
    ],
  },
  { asksWhenEmpty: true, note: 'Vault is not used, so the task gets no token' },
);

/** Access to Consul. */
export const consul: BlockField = block(
  'consul',
  'one',
  'warned',
  {
    fields: [
      inside('namespace', 'string'),
      inside('cluster', 'string', ['default']),
      inside('partition', 'string'),
    ],
  },
  { note: 'Consul is not used' },
);

const csiPlugin: BlockField = block(
  'csi_plugin',
  'one',
  'warned',
  {
    fields: [
      inside('id', 'string', [], 'ID'),
      inside('type', 'string'),
      inside('mount_dir', 'string'),
      inside('stage_publish_base_dir', 'string'),
      inside('health_timeout', 'duration', ['30s']),
    ],
  },
  { api: 'CSIPluginConfig', note: 'no storage plugin is served' },
);

const volumeMount: BlockField = block(
  'volume_mount',
  'many',
  'warned',
  {
    fields: [
      inside('volume', 'string'),
      inside('destination', 'string'),
      inside('read_only', 'bool'),
      inside('propagation_mode', 'string', ['private']),
      inside('selinux_label', 'string', [], 'SELinuxLabel'),
    ],
  },
  { api: 'VolumeMounts', note: 'tasks see the file system of the host as it is' },
);

const action: BlockField = block(
  'action',
  'many',
  'warned',
  {
    label: nameLabel,
    fields: [
      inside('name', 'string'),
      inside('command', 'string'),
      inside('args', 'list of strings'),
    ],
  },
  { api: 'Actions', note: 'there is no server to run it' },
);

const schedule: BlockField = block(
  'schedule',
  'one',
  'warned',
  {
    fields: [
      block('cron', 'one', 'warned', {
        fields: [inside('start', 'string'), inside('end', 'string'), inside('timezone', 'string')],
      }),
    ],
  },
  { note: 'the task runs at all times' },
);

const secret: BlockField = block(
  'secret',
  'many',
  'refused',
  {
    label: nameLabel,
    fields: [
      inside('name', 'string'),
      inside('provider', 'string'),
      inside('path', 'string'),
      block('config', 'one', 'refused', { fields: [], isOpen: true }),
      inside('env', 'map of strings'),
    ],
  },
  {
    api: 'Secrets',
    note: 'the task would run without its secrets: give them in env, or in a file that only its user can read',
  },
);

/** One program. */
export const task: BlockField = block(
  'task',
  'many',
  'honoured',
  {
    label: nameLabel,
    fields: [
      honoured('name', 'string', { note: "the block's label" }),
      honoured('driver', 'string', { note: 'raw_exec' }),
      honoured('user', 'string'),
      block('config', 'one', 'honoured', { fields: [], isOpen: true }),
      honoured('env', 'map of strings'),
      honoured('meta', 'map of strings'),
      honoured('kill_signal', 'string'),
      honoured('kill_timeout', 'duration', { note: '5s when absent' }),
      honoured('shutdown_delay', 'duration'),
      honoured('leader', 'bool'),
      warned('kind', 'string', 'Consul is not used'),
      resources,
      logs,
      lifecycle,
      restart,
      constraint,
      affinity,
      template,
      artifact,
      dispatchPayload,
      service,
      identity,
      vault,
      consul,
      secret,
      volumeMount,
      csiPlugin,
      action,
      schedule,
      { ...scaling, api: 'ScalingPolicies', repeat: 'many' },
    ],
  },
  { api: 'Tasks' },
);
