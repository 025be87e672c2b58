/** Rows of the field table: `group`. Pure. */
import { type BlockField, block, honoured, inside, nameLabel, warned } from './field.ts';
import { network } from './network-fields.ts';
import {
  affinity,
  constraint,
  disconnect,
  migrate,
  reschedule,
  spread,
} from './placement-fields.ts';
import { service } from './service-fields.ts';
import { consul, task, vault } from './task-fields.ts';
import { restart, scaling, update } from './update-fields.ts';

const volume: BlockField = block(
  'volume',
  'map',
  'warned',
  {
    label: { name: 'name', api: 'Name', isRequired: true },
    fields: [
      inside('name', 'string'),
      inside('type', 'string'),
      inside('source', 'string'),
      inside('read_only', 'bool'),
      inside('sticky', 'bool'),
      inside('per_alloc', 'bool'),
      inside('access_mode', 'string'),
      inside('attachment_mode', 'string'),
      block('mount_options', 'one', 'warned', {
        fields: [
          inside('fs_type', 'string', [], 'FSType'),
          inside('mount_flags', 'list of strings'),
        ],
      }),
    ],
  },
  { api: 'Volumes', note: 'tasks see the file system of the host as it is' },
);

const ephemeralDisk: BlockField = block('ephemeral_disk', 'one', 'honoured', {
  fields: [
    warned('size', 'integer', 'the size of the allocation directory is not limited', {
      api: 'SizeMB',
      neutral: [300],
    }),
    warned('migrate', 'bool', 'there is no other host to move to'),
    warned('sticky', 'bool', 'each run has an allocation directory of its own'),
  ],
});

const noServers = 'there is no server to lose the connection to';

/** Tasks that belong together. */
export const group: BlockField = block(
  'group',
  'many',
  'honoured',
  {
    label: nameLabel,
    fields: [
      honoured('name', 'string', { note: "the block's label" }),
      honoured('count', 'integer', { note: '1 when absent' }),
      honoured('meta', 'map of strings'),
      honoured('shutdown_delay', 'duration'),
      warned('max_client_disconnect', 'duration', noServers),
      warned('stop_after_client_disconnect', 'duration', noServers),
      warned('prevent_reschedule_on_lost', 'bool', noServers),
      task,
      network,
      constraint,
      affinity,
      spread,
      restart,
      { ...reschedule, api: 'ReschedulePolicy' },
      update,
      migrate,
      disconnect,
      ephemeralDisk,
      service,
      volume,
      consul,
      vault,
      scaling,
    ],
  },
  { api: 'TaskGroups' },
);
