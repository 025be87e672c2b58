/** Rows of the field table: `resources`, `logs` and `lifecycle` of a task. Pure. */
import { type BlockField, block, honoured, inside, nameLabel, warned } from './field.ts';
import { network } from './network-fields.ts';
import { affinity, deviceConstraint } from './placement-fields.ts';

const device: BlockField = block(
  'device',
  'many',
  'warned',
  {
    label: nameLabel,
    fields: [inside('name', 'string'), inside('count', 'integer'), deviceConstraint, affinity],
  },
  { api: 'Devices', note: 'tasks see the devices of the host as they are' },
);

const numa: BlockField = block(
  'numa',
  'one',
  'warned',
  {
    fields: [inside('affinity', 'string', ['none']), inside('devices', 'list of strings')],
  },
  { api: 'NUMA', note: 'the kernel places tasks on NUMA nodes' },
);

export const rotationNote = 'log files are rotated by an agent, not by a run in the foreground';

/** What a task may use. */
export const resources: BlockField = block('resources', 'one', 'honoured', {
  fields: [
    honoured('cpu', 'integer', { api: 'CPU', note: 'the share of the CPUs when they are short' }),
    honoured('memory', 'integer', {
      api: 'MemoryMB',
      note: 'the limit, unless `memory_max` is one',
    }),
    honoured('memory_max', 'integer', {
      api: 'MemoryMaxMB',
      note: 'the hard limit; -1 for none',
    }),
    honoured('cores', 'integer', {
      api: 'Cores',
      note: 'that many CPUs for the task alone, where tasks have a cpuset',
    }),
    warned('disk', 'integer', 'the size of the allocation directory is not limited', {
      api: 'DiskMB',
    }),
    warned('iops', 'integer', 'Nomad itself has given it up', { api: 'IOPS' }),
    warned(
      'secrets',
      'integer',
      'the secrets directory has 1 MiB where the agent keeps it in memory, and no limit elsewhere',
      { api: 'SecretsMB' },
    ),
    network,
    device,
    numa,
  ],
});

/** The log files of a task. */
export const logs: BlockField = block(
  'logs',
  'one',
  'honoured',
  {
    fields: [
      warned('max_files', 'integer', rotationNote, { neutral: [10] }),
      warned('max_file_size', 'integer', rotationNote, {
        api: 'MaxFileSizeMB',
        neutral: [10],
      }),
      honoured('disabled', 'bool'),
      warned('enabled', 'bool', 'Nomad has replaced it by disabled', { neutral: [true] }),
    ],
  },
  { api: 'LogConfig' },
);

/** When a task runs, seen from the main tasks. */
export const lifecycle: BlockField = block('lifecycle', 'one', 'honoured', {
  fields: [
    honoured('hook', 'string', { note: 'prestart, poststart or poststop' }),
    honoured('sidecar', 'bool'),
  ],
});
