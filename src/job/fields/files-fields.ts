/** Rows of the field table: the files that a task is given before it starts. Pure. */
import { type BlockField, block, inside } from './field.ts';

/** A file rendered from text and data. */
export const template: BlockField = block(
  'template',
  'many',
  'refused',
  {
    fields: [
      inside('data', 'string', [], 'EmbeddedTmpl'),
      inside('source', 'string', [], 'SourcePath'),
      inside('destination', 'string', [], 'DestPath'),
      inside('change_mode', 'string', ['restart']),
      inside('change_signal', 'string'),
      block('change_script', 'one', 'refused', {
        fields: [
          inside('command', 'string'),
          inside('args', 'list of strings'),
          inside('timeout', 'duration', ['5s']),
          inside('fail_on_error', 'bool'),
        ],
      }),
      inside('once', 'bool'),
      inside('env', 'bool', [], 'Envvars'),
      inside('perms', 'string', ['0644']),
      inside('uid', 'integer', [-1]),
      inside('gid', 'integer', [-1]),
      inside('left_delimiter', 'string', ['{{'], 'LeftDelim'),
      inside('right_delimiter', 'string', ['}}'], 'RightDelim'),
      inside('splay', 'duration', ['5s']),
      inside('vault_grace', 'duration', ['15s']),
      inside('error_on_missing_key', 'bool', [], 'ErrMissingKey'),
      block('wait', 'one', 'refused', {
        fields: [inside('min', 'duration'), inside('max', 'duration')],
      }),
    ],
  },
  {
    api: 'Templates',
    note: 'the task would run without the file: write the file before the run and give its path, or put its values in env',
  },
);

/** A file that is fetched. */
export const artifact: BlockField = block(
  'artifact',
  'many',
  'refused',
  {
    fields: [
      inside('source', 'string', [], 'GetterSource'),
      inside('destination', 'string', ['local/'], 'RelativeDest'),
      inside('mode', 'string', ['any'], 'GetterMode'),
      inside('insecure', 'bool', [], 'GetterInsecure'),
      inside('options', 'map of strings', [], 'GetterOptions'),
      inside('headers', 'map of strings', [], 'GetterHeaders'),
      inside('chown', 'bool'),
    ],
  },
  {
    api: 'Artifacts',
    note: 'the task would run without the file: fetch it before the run and give its path in command or args',
  },
);

/** Where the payload of a dispatched job is written. */
export const dispatchPayload: BlockField = block(
  'dispatch_payload',
  'one',
  'warned',
  { fields: [inside('file', 'string')] },
  { note: 'the job is not dispatched, so there is no payload' },
);
