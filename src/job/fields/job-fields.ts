/** Rows of the field table: what stands directly in `job`. Pure. */
import { type BlockField, type BlockSchema, block, honoured, inside, warned } from './field.ts';
import { group } from './group-fields.ts';
import {
  affinity,
  constraint,
  migrate,
  multiregion,
  nodePool,
  reschedule,
  spread,
} from './placement-fields.ts';
import { task, vault } from './task-fields.ts';
import { update } from './update-fields.ts';

const periodic: BlockField = block(
  'periodic',
  'one',
  'refused',
  {
    fields: [
      inside('enabled', 'bool'),
      inside('cron', 'string', [], 'Spec'),
      inside('crons', 'list of strings', [], 'Specs'),
      inside('prohibit_overlap', 'bool'),
      inside('time_zone', 'string'),
      inside('spec_type', 'string'),
    ],
  },
  {
    note: 'the job would run once and now: remove the block to run it now, and let a systemd timer or cron run it by the clock',
  },
);

const parameterized: BlockField = block(
  'parameterized',
  'one',
  'refused',
  {
    fields: [
      inside('payload', 'string'),
      inside('meta_required', 'list of strings'),
      inside('meta_optional', 'list of strings'),
    ],
  },
  {
    api: 'ParameterizedJob',
    note: 'the job would run without its parameters: remove the block and give the values in meta or by -var',
  },
);

const ui: BlockField = block(
  'ui',
  'one',
  'warned',
  {
    fields: [
      inside('description', 'string'),
      block(
        'link',
        'many',
        'warned',
        { fields: [inside('label', 'string'), inside('url', 'string')] },
        { api: 'Links' },
      ),
    ],
  },
  { api: 'UI', note: 'there is no web interface' },
);

const kept = 'read and kept';

/** The block that a job file is. */
export const jobSchema: BlockSchema = {
  label: { name: 'id', api: 'ID', isRequired: true },
  fields: [
    honoured('id', 'string', { api: 'ID', note: "the block's label when absent" }),
    honoured('name', 'string', { note: 'the id when absent' }),
    honoured('type', 'string', { note: 'service, batch, sysbatch or system; service when absent' }),
    honoured('priority', 'integer', { note: kept }),
    honoured('region', 'string', { note: kept }),
    honoured('namespace', 'string', { note: kept }),
    honoured('datacenters', 'list of strings', { note: kept }),
    honoured('meta', 'map of strings'),
    nodePool,
    warned('all_at_once', 'bool', 'all groups start at once anyway'),
    warned('consul_token', 'string', 'Consul is not used'),
    warned('vault_token', 'string', 'Vault is not used'),
    constraint,
    affinity,
    spread,
    group,
    task,
    update,
    reschedule,
    migrate,
    multiregion,
    periodic,
    parameterized,
    vault,
    ui,
  ],
  server: [
    'ParentID',
    'Dispatched',
    'DispatchIdempotencyToken',
    'Payload',
    'ConsulNamespace',
    'VaultNamespace',
    'NomadTokenID',
    'Stop',
    'Status',
    'StatusDescription',
    'Stable',
    'Version',
    'VersionTag',
    'SubmitTime',
    'CreateIndex',
    'ModifyIndex',
    'JobModifyIndex',
  ],
};
