/** What one row of the field table holds, and the short words that the rows are written with. Pure. */
import type { JobValue } from '../job-model.ts';

/** What a field may hold. A duration is text or a number of nanoseconds. */
export type ValueType =
  | 'string'
  | 'integer'
  | 'number'
  | 'bool'
  | 'duration'
  | 'list of strings'
  | 'map of strings'
  | 'map of lists'
  | 'any';

/**
 * What we do with a field: act on it; accept it and say in one line that it has no effect here; or refuse the job, where
 * running without the field would be wrong.
 */
export type Support = 'honoured' | 'warned' | 'refused';

interface FieldBase {
  /** As written in HCL. */
  readonly name: string;
  /** As written in the API's JSON. */
  readonly api: string;
  /** A second name that the API has for the same. */
  readonly alsoApi?: string;
  readonly support: Support;
  /** For `honoured` a remark or nothing; for `warned` why it has no effect; for `refused` what to do instead. */
  readonly note: string;
}

/** A field with a value. */
export interface ValueField extends FieldBase {
  readonly is: 'value';
  readonly type: ValueType;
  /** Values that say nothing beyond Nomad's default, so that nothing is lost with them. Empty values never say anything. */
  readonly neutral: readonly JobValue[];
}

/** A field that is a block. */
export interface BlockField extends FieldBase {
  readonly is: 'block';
  readonly schema: BlockSchema;
  /** How often it may stand, and what the API has for it: an object, a list of objects, an object of objects by label. */
  readonly repeat: 'one' | 'many' | 'map';
  /** The block asks for something even when nothing stands in it. */
  readonly asksWhenEmpty: boolean;
}

/** One row of the table. */
export type Field = ValueField | BlockField;

/** What may stand in one kind of block. */
export interface BlockSchema {
  readonly fields: readonly Field[];
  /** The field that the block's label is written to; absent for a block without label. */
  readonly label?: LabelField;
  /** Names that only a server writes into the API's JSON: accepted, without effect. */
  readonly server?: readonly string[];
  /** Any further name is accepted: what is inside belongs to another program. */
  readonly isOpen?: boolean;
}

/** The field that a label is. */
export interface LabelField {
  readonly name: string;
  readonly api: string;
  readonly isRequired: boolean;
}

/** What may be said of a field beyond its name and type. */
export interface FieldExtra {
  readonly api?: string;
  readonly alsoApi?: string;
  readonly note?: string;
  readonly neutral?: readonly JobValue[];
  readonly asksWhenEmpty?: boolean;
}

/** A value that is acted on. */
export function honoured(name: string, type: ValueType, extra: FieldExtra = {}): ValueField {
  return value(name, type, 'honoured', extra);
}

/** A value that is accepted with a warning. The note says why it has no effect. */
export function warned(
  name: string,
  type: ValueType,
  note: string,
  extra: FieldExtra = {},
): ValueField {
  return value(name, type, 'warned', { ...extra, note });
}

/** A value inside a block that is itself warned or refused: it follows the block. */
export function inside(
  name: string,
  type: ValueType,
  neutral: readonly JobValue[] = [],
  api?: string,
): ValueField {
  return value(name, type, 'warned', { neutral, ...(api === undefined ? {} : { api }) });
}

/** A block: `support` says what we do with it as a whole. */
export function block(
  name: string,
  repeat: BlockField['repeat'],
  support: Support,
  schema: BlockSchema,
  extra: FieldExtra = {},
): BlockField {
  const asksWhenEmpty = extra.asksWhenEmpty ?? false;
  return { is: 'block', repeat, schema, asksWhenEmpty, ...common(name, support, extra) };
}

/** The label that is a block's name. */
export const nameLabel: LabelField = { name: 'name', api: 'Name', isRequired: true };

function value(name: string, type: ValueType, support: Support, extra: FieldExtra): ValueField {
  return { is: 'value', type, neutral: extra.neutral ?? [], ...common(name, support, extra) };
}

function common(name: string, support: Support, extra: FieldExtra): FieldBase {
  return {
    name,
    api: extra.api ?? goName(name),
    ...(extra.alsoApi === undefined ? {} : { alsoApi: extra.alsoApi }),
    support,
    note: extra.note ?? '',
  };
}

/** `max_file_size` to `MaxFileSize`: the API's names are those of the fields in Go, mostly. */
function goName(name: string): string {
  return name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
