/**
 * A block of a job file after its values have been evaluated and converted to the types of the field table, whether it was
 * written in HCL or in JSON. What stands in it is what was written: no defaults yet. Pure.
 */
import type { BlockSchema } from './fields/field.ts';
import type { Range } from './hcl/syntax.ts';
import type { JobObject, JobValue } from './job-model.ts';

/** A value with its place in the file. */
export interface RawValue {
  readonly value: JobValue;
  readonly range: Range | undefined;
}

/** A block with its place in the file. */
export interface RawBlock {
  readonly schema: BlockSchema;
  /** The block's first line, or what stands for it. */
  readonly range: Range | undefined;
  /** By the field's name in HCL. A label is here, too. Durations are milliseconds. */
  readonly values: ReadonlyMap<string, RawValue>;
  /** By the field's name in HCL. */
  readonly blocks: ReadonlyMap<string, readonly RawBlock[]>;
  /** All of an open block, whose names are not ours. */
  readonly content: JobObject;
  /** Where the values of `content` stand, by JSON pointer; the empty pointer is the block. */
  readonly contentRanges: ReadonlyMap<string, Range>;
}

/** The text of a field; undefined when it is absent. */
export function text(block: RawBlock | undefined, name: string): string | undefined {
  const value = block?.values.get(name)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The number of a field; undefined when it is absent. */
export function number(block: RawBlock | undefined, name: string): number | undefined {
  const value = block?.values.get(name)?.value;
  return typeof value === 'number' ? value : undefined;
}

/** Whether a flag is set; undefined when it is absent. */
export function flag(block: RawBlock | undefined, name: string): boolean | undefined {
  const value = block?.values.get(name)?.value;
  return typeof value === 'boolean' ? value : undefined;
}

/** The list of texts of a field; undefined when it is absent. */
export function texts(block: RawBlock, name: string): readonly string[] | undefined {
  const value = block.values.get(name)?.value;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

/** The map of texts of a field; empty when it is absent. */
export function textMap(block: RawBlock, name: string): Readonly<Record<string, string>> {
  const value = block.values.get(name)?.value ?? {};
  const entries = typeof value === 'object' ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The only block of a name; undefined when it is absent. */
export function child(block: RawBlock | undefined, name: string): RawBlock | undefined {
  return block?.blocks.get(name)?.[0];
}

/** All blocks of a name. */
export function children(block: RawBlock, name: string): readonly RawBlock[] {
  return block.blocks.get(name) ?? [];
}

/** Where a field stands, or its block when it is absent. */
export function rangeOf(block: RawBlock, name: string): Range | undefined {
  return block.values.get(name)?.range ?? block.range;
}

/** JSON pointer of a path, as keys of `contentRanges`. */
export function pointer(path: readonly (string | number)[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
