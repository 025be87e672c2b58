/** Rows of the field table: on which host a job runs, and how it moves from one to another. Pure. */
import { type BlockField, block, honoured, inside, type ValueField, warned } from './field.ts';

const oneHost = 'there is one host, so there is nothing to choose from';

/** A condition on the host. */
export const constraint: BlockField = block(
  'constraint',
  'many',
  'honoured',
  {
    fields: [
      honoured('attribute', 'string', { api: 'LTarget' }),
      honoured('operator', 'string', { api: 'Operand', note: '= when absent' }),
      honoured('value', 'string', { api: 'RTarget' }),
      honoured('regexp', 'string', { note: "JavaScript's, which differ from Go's in rare parts" }),
      honoured('version', 'string'),
      honoured('semver', 'string'),
      honoured('set_contains', 'string'),
      honoured('set_contains_all', 'string'),
      honoured('set_contains_any', 'string'),
      honoured('distinct_hosts', 'bool', { note: 'no group has a count above 1 then' }),
      honoured('distinct_property', 'string'),
    ],
  },
  { api: 'Constraints', note: 'a job whose constraints do not hold here is refused' },
);

/** A condition on a device. */
export const deviceConstraint: BlockField = block(
  'constraint',
  'many',
  'warned',
  {
    fields: [
      inside('attribute', 'string', [], 'LTarget'),
      inside('operator', 'string', [], 'Operand'),
      inside('value', 'string', [], 'RTarget'),
      inside('regexp', 'string'),
      inside('version', 'string'),
      inside('semver', 'string'),
      inside('set_contains', 'string'),
      inside('set_contains_all', 'string'),
      inside('set_contains_any', 'string'),
      inside('distinct_hosts', 'bool'),
      inside('distinct_property', 'string'),
    ],
  },
  { api: 'Constraints', note: 'tasks see the devices of the host as they are' },
);

/** A wish for a host. */
export const affinity: BlockField = block(
  'affinity',
  'many',
  'warned',
  {
    fields: [
      inside('attribute', 'string', [], 'LTarget'),
      inside('operator', 'string', [], 'Operand'),
      inside('value', 'string', [], 'RTarget'),
      inside('weight', 'integer'),
      inside('regexp', 'string'),
      inside('version', 'string'),
      inside('semver', 'string'),
      inside('set_contains', 'string'),
      inside('set_contains_all', 'string'),
      inside('set_contains_any', 'string'),
    ],
  },
  { api: 'Affinities', note: oneHost },
);

/** A wish to spread allocations over hosts. */
export const spread: BlockField = block(
  'spread',
  'many',
  'warned',
  {
    fields: [
      inside('attribute', 'string'),
      inside('weight', 'integer'),
      block(
        'target',
        'many',
        'warned',
        {
          label: { name: 'value', api: 'Value', isRequired: false },
          fields: [inside('value', 'string'), inside('percent', 'integer')],
        },
        { api: 'SpreadTarget' },
      ),
    ],
  },
  { api: 'Spreads', note: oneHost },
);

/** How allocations leave a host that is drained. */
export const migrate: BlockField = block(
  'migrate',
  'one',
  'warned',
  {
    fields: [
      inside('max_parallel', 'integer', [1]),
      inside('health_check', 'string', ['checks']),
      inside('min_healthy_time', 'duration', ['10s']),
      inside('healthy_deadline', 'duration', ['5m']),
    ],
  },
  { note: 'there is no other host to move to' },
);

/** What a lost connection to the servers means. */
export const disconnect: BlockField = block(
  'disconnect',
  'one',
  'warned',
  {
    fields: [
      inside('lost_after', 'duration'),
      inside('stop_on_client_after', 'duration'),
      inside('replace', 'bool'),
      inside('reconcile', 'string', ['best_score']),
    ],
  },
  { note: 'there is no server to lose the connection to' },
);

/** Not so for an agent: see run-notes.ts. */
export const rescheduleNote = 'a failed allocation is replaced by an agent only';

/** What happens when an allocation has failed. */
export const reschedule: BlockField = block(
  'reschedule',
  'one',
  'warned',
  {
    fields: [
      // The defaults of the kinds of job: service and system, then batch.
      inside('attempts', 'integer', [1]),
      inside('interval', 'duration', ['24h']),
      inside('delay', 'duration', ['30s', '5s']),
      inside('delay_function', 'string', ['exponential', 'constant']),
      inside('max_delay', 'duration', ['1h']),
      inside('unlimited', 'bool', [true]),
    ],
  },
  { note: rescheduleNote },
);

/** Deployment over several regions. */
export const multiregion: BlockField = block(
  'multiregion',
  'one',
  'warned',
  {
    fields: [
      block('strategy', 'one', 'warned', {
        fields: [inside('max_parallel', 'integer'), inside('on_failure', 'string')],
      }),
      block(
        'region',
        'many',
        'warned',
        {
          label: { name: 'name', api: 'Name', isRequired: true },
          fields: [
            inside('count', 'integer'),
            inside('datacenters', 'list of strings'),
            inside('node_pool', 'string'),
            inside('meta', 'map of strings'),
          ],
        },
        { api: 'Regions' },
      ),
    ],
  },
  { note: 'there is one region' },
);

/** The pool of hosts that a job may use. */
export const nodePool: ValueField = warned('node_pool', 'string', oneHost, {
  neutral: ['default', 'all'],
});
