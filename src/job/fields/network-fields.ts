/** Rows of the field table: `network`, in a group or, in the old form, in `resources`. Pure. */
import { type BlockField, block, honoured, inside, warned } from './field.ts';

const port: BlockField = block(
  'port',
  'many',
  'honoured',
  {
    label: { name: 'label', api: 'Label', isRequired: true },
    fields: [
      honoured('label', 'string', { note: "the block's label" }),
      honoured('static', 'integer', { api: 'Value', note: 'a free port when absent' }),
      honoured('to', 'integer'),
      warned('host_network', 'string', 'ports are those of the host', { neutral: ['default'] }),
      warned('ignore_collision', 'bool', 'a port that is taken is an error when the task opens it'),
    ],
  },
  { api: 'DynamicPorts', alsoApi: 'ReservedPorts' },
);

/** The ports of a group. */
export const network: BlockField = block(
  'network',
  'many',
  'honoured',
  {
    fields: [
      warned('mode', 'string', 'tasks use the network of the host', { neutral: ['host'] }),
      warned('hostname', 'string', 'the host keeps its name'),
      warned('mbits', 'integer', 'bandwidth is not limited', { api: 'MBits' }),
      warned('device', 'string', 'the address of the host is used'),
      warned('cidr', 'string', 'the address of the host is used', { api: 'CIDR' }),
      warned('ip', 'string', 'the address of the host is used', { api: 'IP' }),
      port,
      block(
        'dns',
        'one',
        'warned',
        {
          fields: [
            inside('servers', 'list of strings'),
            inside('searches', 'list of strings'),
            inside('options', 'list of strings'),
          ],
        },
        { api: 'DNS', note: 'the name resolution of the host is used' },
      ),
      block(
        'cni',
        'one',
        'warned',
        { fields: [inside('args', 'map of strings')] },
        { api: 'CNI', note: 'tasks use the network of the host' },
      ),
    ],
  },
  { api: 'Networks' },
);
