/** Builds one {@link RawBlock}: what both readers, of HCL and of JSON, do with a field that they have found. Pure. */
import { convertValue } from './convert-value.ts';
import type { BlockField, BlockSchema, Field, ValueField } from './fields/field.ts';
import type { Range } from './hcl/syntax.ts';
import type { JobObject, JobValue } from './job-model.ts';
import type { Problems } from './problems.ts';
import { pointer, type RawBlock, type RawValue } from './raw-block.ts';

/** A value together with where it, and each value in it, stands. */
export interface LocatedValue {
  readonly value: JobValue;
  readonly range: Range | undefined;
  /** By JSON pointer from the value; parts that are absent stand where the value stands. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/** Collects what stands in a block. */
export class BlockBuilder {
  readonly #schema: BlockSchema;
  readonly #range: Range | undefined;
  readonly #problems: Problems;
  readonly #values = new Map<string, RawValue>();
  readonly #blocks = new Map<string, RawBlock[]>();
  readonly #content = new Map<string, JobValue>();
  readonly #contentRanges = new Map<string, Range>();

  constructor(schema: BlockSchema, range: Range | undefined, problems: Problems) {
    this.#schema = schema;
    this.#range = range;
    this.#problems = problems;
    if (schema.isOpen && range !== undefined) {
      this.#contentRanges.set('', range);
    }
  }

  /** Takes a value of a field. Null says nothing, so it is as if it was not there. */
  setValue(field: ValueField, located: LocatedValue): void {
    if (located.value === null) {
      return;
    }
    const converted = convertValue(located.value, field.type);
    if (converted.ok) {
      this.#values.set(field.name, { value: converted.value, range: located.range });
      return;
    }
    // The block goes on as if the field was absent; the error stops the job anyway.
    const at = located.ranges.get(pointer(converted.path)) ?? located.range;
    const name = [field.name, ...converted.path].join('.');
    this.#problems.error(`"${name}" ${converted.problem}`, at);
  }

  /** Takes the label of the block. The field of the same name wins, as in Nomad. */
  setLabel(label: string, range: Range | undefined): void {
    const name = this.#schema.label?.name;
    if (name !== undefined && !this.#values.has(name)) {
      this.#values.set(name, { value: label, range });
    }
  }

  /** Takes a block of a field. */
  addBlock(field: BlockField, block: RawBlock): void {
    const blocks = this.#blocks.get(field.name);
    if (blocks === undefined) {
      this.#blocks.set(field.name, [block]);
    } else if (field.repeat === 'one') {
      this.#problems.error(`there may be only one "${field.name}" block here`, block.range);
    } else {
      blocks.push(block);
    }
  }

  /** Takes a value of an open block. */
  setContent(name: string, located: LocatedValue): void {
    this.#content.set(name, located.value);
    this.#addContentRanges([name], located);
  }

  /** Takes a block inside an open block: they become a list of objects. */
  addContent(name: string, located: LocatedValue): void {
    const before = this.#content.get(name);
    const list: readonly JobValue[] = Array.isArray(before) ? before : [];
    this.#content.set(name, [...list, located.value]);
    if (list.length === 0 && located.range !== undefined) {
      this.#contentRanges.set(pointer([name]), located.range);
    }
    this.#addContentRanges([name, list.length], located);
  }

  /** What has been collected. */
  build(): RawBlock {
    return {
      schema: this.#schema,
      range: this.#range,
      values: this.#values,
      blocks: this.#blocks,
      content: contentOf(this.#content),
      contentRanges: this.#contentRanges,
    };
  }

  #addContentRanges(path: readonly (string | number)[], located: LocatedValue): void {
    copyRanges(path, located, this.#contentRanges);
  }
}

/** Adds the places in a value to those of what it stands in. */
export function copyRanges(
  path: readonly (string | number)[],
  { range, ranges }: LocatedValue,
  into: Map<string, Range>,
): void {
  const prefix = pointer(path);
  for (const [inner, innerRange] of ranges) {
    into.set(`${prefix}${inner}`, innerRange);
  }
  if (range !== undefined) {
    into.set(prefix, range);
  }
}

/** The field of a name in HCL. */
export function fieldByName(schema: BlockSchema, name: string): Field | undefined {
  return schema.fields.find((field) => field.name === name);
}

function contentOf(content: ReadonlyMap<string, JobValue>): JobObject {
  return Object.fromEntries(content);
}
