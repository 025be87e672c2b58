/** Jobs as the API's JSON has them to raw blocks, by the field table. Pure. */
import { nearestName } from '../nearest-name.ts';
import { BlockBuilder, type LocatedValue } from './block-builder.ts';
import { describeValue, isList, isObject } from './convert-value.ts';
import type { BlockField, BlockSchema, Field } from './fields/field.ts';
import type { Range } from './hcl/syntax.ts';
import type { JobObject, JobValue } from './job-model.ts';
import type { JsonDocument } from './parse-json.ts';
import type { Problems } from './problems.ts';
import { pointer, type RawBlock } from './raw-block.ts';

type Path = readonly (string | number)[];

/** The document that blocks are read from. */
interface ApiContext {
  readonly ranges: ReadonlyMap<string, Range>;
  readonly nameRanges: ReadonlyMap<string, Range>;
  readonly problems: Problems;
}

/** Reads the job of a document: the document itself, or what stands under `Job`. */
export function readApiJob(
  { located, nameRanges }: JsonDocument,
  schema: BlockSchema,
  problems: Problems,
): RawBlock | undefined {
  const { value } = located;
  const wrapped = isObject(value) ? memberOf(value, 'Job') : undefined;
  const path = wrapped === undefined ? [] : [wrapped[0]];
  const job = wrapped === undefined ? value : wrapped[1];
  if (!isObject(job)) {
    const at = located.ranges.get(pointer(path)) ?? located.range;
    problems.error(`a job must be an object, and is ${describeValue(job)}`, at);
    return undefined;
  }
  return readObject(job, schema, 'job', path, {
    ranges: located.ranges,
    nameRanges,
    problems,
  });
}

/** Whether a document looks like the API's: its keys begin with capital letters, those of HCL do not. */
export function looksLikeApiJob(value: JobValue): boolean {
  return (
    isObject(value) &&
    ['Job', 'ID', 'TaskGroups', 'Name'].some((name) => Object.hasOwn(value, name))
  );
}

function readObject(
  object: JobObject,
  schema: BlockSchema,
  type: string,
  path: Path,
  context: ApiContext,
): RawBlock {
  const builder = new BlockBuilder(schema, rangeAt(path, context), context.problems);
  for (const [key, value] of Object.entries(object)) {
    const field = fieldByApiName(schema, key);
    if (value === null) {
      // Null says nothing: even under a name that we do not know it takes nothing away.
    } else if (field !== undefined) {
      readField(field, value, [...path, key], builder, context);
    } else if (schema.isOpen) {
      builder.setContent(key, locate(value, [...path, key], context));
    } else if (!(schema.server ?? []).includes(key)) {
      unknownKey(key, schema, type, [...path, key], context);
    }
  }
  return builder.build();
}

function readField(
  field: Field,
  value: JobValue,
  path: Path,
  builder: BlockBuilder,
  context: ApiContext,
): void {
  if (field.is === 'value') {
    builder.setValue(field, locate(value, path, context));
  } else if (field.repeat === 'map' && isObject(value)) {
    for (const [label, inner] of Object.entries(value)) {
      addBlock(field, inner, [...path, label], label, builder, context);
    }
  } else if (field.repeat === 'many' && isList(value)) {
    for (const [index, inner] of value.entries()) {
      addBlock(field, inner, [...path, index], undefined, builder, context);
    }
  } else {
    addBlock(field, value, path, undefined, builder, context);
  }
}

function addBlock(
  field: BlockField,
  value: JobValue,
  path: Path,
  label: string | undefined,
  builder: BlockBuilder,
  context: ApiContext,
): void {
  if (value === null) {
    return;
  }
  if (!isObject(value)) {
    const shape = field.repeat === 'many' ? 'a list of objects' : 'an object';
    context.problems.error(
      `"${field.api}" must be ${shape}, and is ${describeValue(value)}`,
      rangeAt(path, context),
    );
    return;
  }
  const name = field.schema.label?.name;
  const isNamed =
    label === undefined || name === undefined || memberOf(value, 'Name') !== undefined;
  const named = isNamed ? value : { ...value, [field.schema.label?.api ?? name]: label };
  builder.addBlock(field, readObject(named, field.schema, field.api, path, context));
}

function locate(value: JobValue, path: Path, context: ApiContext): LocatedValue {
  const ranges = new Map<string, Range>();
  collectRanges(value, path, '', context, ranges);
  return { value, range: rangeAt(path, context), ranges };
}

/** The ranges of a value and of all in it, by pointers that begin at the value. */
function collectRanges(
  value: JobValue,
  path: Path,
  from: string,
  context: ApiContext,
  into: Map<string, Range>,
): void {
  const range = context.ranges.get(pointer(path));
  if (range !== undefined) {
    into.set(from, range);
  }
  if (typeof value === 'object' && value !== null) {
    const members: [string | number, JobValue][] = isList(value)
      ? [...value.entries()]
      : Object.entries(value);
    for (const [key, inner] of members) {
      collectRanges(inner, [...path, key], `${from}${pointer([key])}`, context, into);
    }
  }
}

function rangeAt(path: Path, context: ApiContext): Range | undefined {
  return context.ranges.get(pointer(path));
}

/** The API takes its names in any case. */
function fieldByApiName(schema: BlockSchema, key: string): Field | undefined {
  const names = (field: Field): string[] => [field.api, field.alsoApi ?? field.api];
  const lower = key.toLowerCase();
  return (
    schema.fields.find((field) => names(field).includes(key)) ??
    schema.fields.find((field) => names(field).some((name) => name.toLowerCase() === lower))
  );
}

function memberOf(object: JobObject, name: string): [string, JobValue] | undefined {
  return Object.entries(object).find(
    ([key, value]) => value !== null && key.toLowerCase() === name.toLowerCase(),
  );
}

function unknownKey(
  key: string,
  schema: BlockSchema,
  type: string,
  path: Path,
  context: ApiContext,
): void {
  const names = schema.fields.map((field) => field.api);
  const near = nearestName(key, names);
  context.problems.error(
    `unknown key ${JSON.stringify(key)} in ${type}`,
    context.nameRanges.get(pointer(path)),
    near === undefined ? `Allowed here: ${names.toSorted().join(', ')}` : `Did you mean "${near}"?`,
  );
}
