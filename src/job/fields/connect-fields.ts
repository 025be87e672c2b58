/** Rows of the field table: `connect`, the service mesh of Consul. Pure. */
import { type BlockField, block, inside } from './field.ts';
import { logs, resources } from './resources-fields.ts';

const meshGateway: BlockField = block('mesh_gateway', 'one', 'warned', {
  fields: [inside('mode', 'string')],
});

const upstreams: BlockField = block('upstreams', 'many', 'warned', {
  fields: [
    inside('destination_name', 'string'),
    inside('destination_namespace', 'string'),
    inside('destination_peer', 'string'),
    inside('destination_partition', 'string'),
    inside('destination_type', 'string'),
    inside('local_bind_port', 'integer'),
    inside('local_bind_address', 'string'),
    inside('local_bind_socket_path', 'string'),
    inside('local_bind_socket_mode', 'string'),
    inside('datacenter', 'string'),
    block('config', 'one', 'warned', { fields: [], isOpen: true }),
    meshGateway,
  ],
});

const expose: BlockField = block('expose', 'one', 'warned', {
  fields: [
    block(
      'path',
      'many',
      'warned',
      {
        fields: [
          inside('path', 'string'),
          inside('protocol', 'string'),
          inside('local_path_port', 'integer'),
          inside('listener_port', 'string'),
        ],
      },
      { api: 'Paths', alsoApi: 'Path' },
    ),
  ],
});

const transparentProxy: BlockField = block('transparent_proxy', 'one', 'warned', {
  fields: [
    inside('uid', 'string', [], 'UID'),
    inside('outbound_port', 'integer'),
    inside('exclude_inbound_ports', 'list of strings'),
    inside('exclude_outbound_ports', 'any'),
    inside('exclude_outbound_cidrs', 'list of strings', [], 'ExcludeOutboundCIDRs'),
    inside('exclude_uids', 'list of strings', [], 'ExcludeUIDs'),
    inside('no_dns', 'bool', [], 'NoDNS'),
  ],
});

const sidecarService: BlockField = block('sidecar_service', 'one', 'warned', {
  fields: [
    inside('tags', 'list of strings'),
    inside('port', 'string'),
    inside('disable_default_tcp_check', 'bool', [], 'DisableDefaultTCPCheck'),
    inside('meta', 'map of strings'),
    block('proxy', 'one', 'warned', {
      fields: [
        inside('local_service_address', 'string'),
        inside('local_service_port', 'integer'),
        block('config', 'one', 'warned', { fields: [], isOpen: true }),
        upstreams,
        { ...expose, api: 'Expose' },
        transparentProxy,
      ],
    }),
  ],
});

const sidecarTask: BlockField = block('sidecar_task', 'one', 'warned', {
  fields: [
    inside('name', 'string'),
    inside('driver', 'string'),
    inside('user', 'string'),
    block('config', 'one', 'warned', { fields: [], isOpen: true }),
    inside('env', 'map of strings'),
    inside('meta', 'map of strings'),
    inside('kill_signal', 'string'),
    inside('kill_timeout', 'duration'),
    inside('shutdown_delay', 'duration'),
    resources,
    logs,
    block('volume_mount', 'many', 'warned', { fields: [], isOpen: true }, { api: 'VolumeMounts' }),
  ],
});

/** The block whose inside belongs to Consul: its gateway is taken as it is. */
export const connect: BlockField = block('connect', 'one', 'warned', {
  fields: [
    inside('native', 'bool'),
    sidecarService,
    sidecarTask,
    block('gateway', 'one', 'warned', { fields: [], isOpen: true }),
  ],
});
