/** Rows of the field table: how a new version of a job replaces the old one, and how many of it there are. Pure. */
import { type BlockField, block, inside } from './field.ts';

/** Rolling updates. */
export const update: BlockField = block(
  'update',
  'one',
  'warned',
  {
    fields: [
      inside('stagger', 'duration', ['30s']),
      inside('max_parallel', 'integer', [1]),
      inside('health_check', 'string', ['checks']),
      inside('min_healthy_time', 'duration', ['10s']),
      inside('healthy_deadline', 'duration', ['5m']),
      inside('progress_deadline', 'duration', ['10m']),
      inside('canary', 'integer'),
      inside('auto_revert', 'bool'),
      inside('auto_promote', 'bool'),
    ],
  },
  { note: 'a new version does not replace an old one step by step yet' },
);

/** Bounds and policy for an autoscaler. */
export const scaling: BlockField = block(
  'scaling',
  'one',
  'warned',
  {
    label: { name: 'type', api: 'Type', isRequired: false },
    fields: [
      inside('type', 'string', ['horizontal']),
      inside('enabled', 'bool', [true]),
      inside('min', 'integer'),
      inside('max', 'integer'),
      block('policy', 'one', 'warned', { fields: [], isOpen: true }),
    ],
    server: ['ID', 'Namespace', 'Target', 'CreateIndex', 'ModifyIndex'],
  },
  { note: 'there is no autoscaler' },
);

/** Not so where restart policies hold: see run-notes.ts. */
export const restartNote = 'a task is started again by an agent, or by `raw-exec run --restart`';

/** What happens here when a task ends. */
export const restart: BlockField = block(
  'restart',
  'one',
  'warned',
  {
    fields: [
      // The defaults of the kinds of job: service and system, then batch.
      inside('attempts', 'integer', [2, 3]),
      inside('interval', 'duration', ['30m', '24h']),
      inside('delay', 'duration', ['15s']),
      inside('mode', 'string', ['fail']),
      inside('render_templates', 'bool'),
    ],
  },
  { api: 'RestartPolicy', note: restartNote },
);
