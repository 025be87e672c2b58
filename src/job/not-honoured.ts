/** What a block says that we do not act on, as the API's JSON has it, so that nothing of a job is lost. Pure. */
import type { BlockField, Field, ValueField } from './fields/field.ts';
import type { JobObject, JobValue } from './job-model.ts';
import type { RawBlock } from './raw-block.ts';

const nanosecondsInMs = 1e6;

/** The fields of `block` that are not honoured, by their names in the API. */
export function notHonoured(block: RawBlock): JobObject {
  return toApi(
    block,
    block.schema.fields.filter((field) => field.support !== 'honoured'),
  );
}

function toApi(block: RawBlock, fields: readonly Field[]): JobObject {
  const entries: [string, JobValue][] = [];
  for (const field of fields) {
    const value = field.is === 'value' ? valueInApi(block, field) : blockInApi(block, field);
    if (value !== undefined) {
      entries.push([field.api, value]);
    }
  }
  return { ...block.content, ...Object.fromEntries(entries) };
}

function valueInApi(block: RawBlock, field: ValueField): JobValue | undefined {
  const value = block.values.get(field.name)?.value;
  return field.type === 'duration' && typeof value === 'number'
    ? Math.round(value * nanosecondsInMs)
    : value;
}

function blockInApi(block: RawBlock, field: BlockField): JobValue | undefined {
  const inner = block.blocks
    .get(field.name)
    ?.map((child) => ({ child, value: toApi(child, child.schema.fields) }));
  if (inner === undefined) {
    return undefined;
  }
  switch (field.repeat) {
    case 'one':
      return inner[0]?.value;
    case 'many':
      return inner.map(({ value }) => value);
    case 'map':
      return Object.fromEntries(inner.map(({ child, value }) => [labelOf(child), value]));
  }
}

function labelOf(block: RawBlock): string {
  const name = block.schema.label?.name ?? '';
  return String(block.values.get(name)?.value ?? '');
}
