/** Rows of the field table: `service`, its checks, and identities. Pure. */
import { connect } from './connect-fields.ts';
import { type BlockField, block, inside } from './field.ts';

/** A signed token for the task. */
export const identity: BlockField = block(
  'identity',
  'many',
  'warned',
  {
    fields: [
      inside('name', 'string', ['default']),
      inside('aud', 'list of strings', [['nomadproject.io']], 'Audience'),
      inside('env', 'bool'),
      inside('file', 'bool'),
      inside('filepath', 'string'),
      inside('change_mode', 'string', ['noop']),
      inside('change_signal', 'string'),
      inside('service_name', 'string'),
      inside('ttl', 'duration', [], 'TTL'),
    ],
  },
  { api: 'Identities', alsoApi: 'Identity', note: 'there is no server to sign a token' },
);

const checkRestart: BlockField = block('check_restart', 'one', 'warned', {
  fields: [
    inside('limit', 'integer'),
    inside('grace', 'duration', ['1s']),
    inside('ignore_warnings', 'bool'),
  ],
});

const check: BlockField = block(
  'check',
  'many',
  'warned',
  {
    fields: [
      inside('id', 'string', [], 'ID'),
      inside('name', 'string'),
      inside('type', 'string'),
      inside('command', 'string'),
      inside('args', 'list of strings'),
      inside('path', 'string'),
      inside('protocol', 'string'),
      inside('port', 'string', [], 'PortLabel'),
      inside('expose', 'bool'),
      inside('address_mode', 'string'),
      inside('interval', 'duration'),
      inside('timeout', 'duration'),
      inside('initial_status', 'string'),
      inside('tls_server_name', 'string', [], 'TLSServerName'),
      inside('tls_skip_verify', 'bool', [], 'TLSSkipVerify'),
      inside('header', 'map of lists'),
      inside('method', 'string'),
      inside('body', 'string'),
      inside('grpc_service', 'string', [], 'GRPCService'),
      inside('grpc_use_tls', 'bool', [], 'GRPCUseTLS'),
      inside('task', 'string', [], 'TaskName'),
      inside('success_before_passing', 'integer'),
      inside('failures_before_critical', 'integer'),
      inside('failures_before_warning', 'integer'),
      inside('on_update', 'string', ['require_healthy']),
      inside('notes', 'string'),
      checkRestart,
    ],
  },
  { api: 'Checks' },
);

/** A service to be found by others. */
export const service: BlockField = block(
  'service',
  'many',
  'warned',
  {
    label: { name: 'name', api: 'Name', isRequired: false },
    fields: [
      inside('id', 'string', [], 'ID'),
      inside('name', 'string'),
      inside('provider', 'string', ['consul']),
      inside('port', 'string', [], 'PortLabel'),
      inside('address', 'string'),
      inside('address_mode', 'string', ['auto']),
      inside('tags', 'list of strings'),
      inside('canary_tags', 'list of strings'),
      inside('enable_tag_override', 'bool'),
      inside('meta', 'map of strings'),
      inside('canary_meta', 'map of strings'),
      inside('tagged_addresses', 'map of strings'),
      inside('task', 'string', [], 'TaskName'),
      inside('on_update', 'string', ['require_healthy']),
      inside('cluster', 'string', ['default']),
      inside('kind', 'string'),
      block('weights', 'one', 'warned', {
        fields: [inside('passing', 'integer'), inside('warning', 'integer')],
      }),
      { ...identity, repeat: 'one', api: 'Identity' },
      check,
      checkRestart,
      connect,
    ],
  },
  { api: 'Services', note: 'services are not registered and their checks are not run yet' },
);
