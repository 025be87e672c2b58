/** Blocks of HCL, in either syntax, to raw blocks by the field table. Pure. */
import { nearestName } from '../nearest-name.ts';
import { BlockBuilder, fieldByName } from './block-builder.ts';
import type { BlockField, BlockSchema, ValueField } from './fields/field.ts';
import type { Scope } from './hcl/evaluate.ts';
import type { Attribute, Block, Body, Range } from './hcl/syntax.ts';
import { contentOfBody, shapesOf } from './hcl-body.ts';
import { evaluateLocated } from './hcl-value.ts';
import type { Problems } from './problems.ts';
import type { RawBlock } from './raw-block.ts';
import { readOpenBlock } from './read-open-block.ts';

/** What reading needs to know beside the block. */
export interface HclContext {
  readonly scope: Scope;
  readonly problems: Problems;
}

/** How a block is called in messages: `task "web"`. */
export interface BlockName {
  readonly type: string;
  readonly labels: Block['labels'];
  readonly range: Range;
}

/** Reads a block that has the fields of `schema`. */
export function readHclBlock(
  body: Body,
  schema: BlockSchema,
  name: BlockName,
  context: HclContext,
): RawBlock {
  const builder = new BlockBuilder(schema, name.range, context.problems);
  const { attributes, blocks } = contentOfBody(body, shapesOf(schema), context);
  const asBlock = new Set(blocks.map((block) => block.type));
  for (const attribute of attributes) {
    if (asBlock.has(attribute.name) && !schema.isOpen) {
      context.problems.error(
        `"${attribute.name}" stands here as an argument and as a block: remove one of them`,
        attribute.nameRange,
      );
      continue;
    }
    readAttribute(attribute, schema, builder, name, context);
  }
  const seenMaps = new Set<string>();
  for (const block of blocks) {
    readInnerBlock(block, schema, builder, name, seenMaps, context);
  }
  setLabel(builder, schema, name, context);
  return builder.build();
}

function readAttribute(
  attribute: Attribute,
  schema: BlockSchema,
  builder: BlockBuilder,
  name: BlockName,
  context: HclContext,
): void {
  const field = fieldByName(schema, attribute.name);
  if (field === undefined && !schema.isOpen) {
    unknownName('argument', attribute.name, attribute.nameRange, schema, name, context);
    return;
  }
  const located = evaluateLocated(attribute.expression, context.scope, context.problems);
  if (located === undefined) {
    return;
  }
  if (field === undefined) {
    // From the name on: what is wrong may well be the name.
    builder.setContent(attribute.name, { ...located, range: attribute.range });
  } else if (field.is === 'value') {
    builder.setValue(field, located);
  } else if (located.value !== null) {
    context.problems.error(
      `"${field.name}" is a block: write ${field.name} { … } without "="`,
      attribute.nameRange,
    );
  }
}

function readInnerBlock(
  block: Block,
  schema: BlockSchema,
  builder: BlockBuilder,
  name: BlockName,
  seenMaps: Set<string>,
  context: HclContext,
): void {
  const field = fieldByName(schema, block.type);
  if (field === undefined) {
    if (schema.isOpen) {
      builder.addContent(block.type, readOpenBlock(block, context));
    } else {
      unknownName('block', block.type, block.typeRange, schema, name, context);
    }
    return;
  }
  if (field.is === 'block') {
    checkLabels(block, field, context);
    const { type, labels, typeRange: range } = block;
    builder.addBlock(
      field,
      readHclBlock(block.body, field.schema, { type, labels, range }, context),
    );
    return;
  }
  readMapBlock(block, field, builder, seenMaps, context);
}

/** `env { A = "b" }` is the same as `env = { A = "b" }`. */
function readMapBlock(
  block: Block,
  field: ValueField,
  builder: BlockBuilder,
  seenMaps: Set<string>,
  context: HclContext,
): void {
  if (!field.type.startsWith('map') && field.type !== 'any') {
    context.problems.error(
      `"${field.name}" is an argument: write ${field.name} = …`,
      block.typeRange,
    );
    return;
  }
  if (seenMaps.has(field.name)) {
    context.problems.error(`there may be only one "${field.name}" block here`, block.typeRange);
    return;
  }
  seenMaps.add(field.name);
  builder.setValue(field, readOpenBlock(block, context));
}

function setLabel(
  builder: BlockBuilder,
  schema: BlockSchema,
  name: BlockName,
  context: HclContext,
): void {
  const [label] = name.labels;
  if (label !== undefined) {
    builder.setLabel(label.value, label.range);
  } else if (schema.label?.isRequired) {
    context.problems.error(
      `"${name.type}" needs a label: write ${name.type} "${schema.label.name}" { … }`,
      name.range,
    );
  }
}

function checkLabels(block: Block, field: BlockField, context: HclContext): void {
  const allowed = field.schema.label === undefined ? 0 : 1;
  const extra = block.labels[allowed];
  if (extra !== undefined) {
    const count = allowed === 0 ? 'no label' : 'one label';
    context.problems.error(`"${block.type}" takes ${count}, and has more`, extra.range);
  }
}

function unknownName(
  kind: 'argument' | 'block',
  written: string,
  range: Range,
  schema: BlockSchema,
  name: BlockName,
  context: HclContext,
): void {
  const names = schema.fields.map((field) => field.name);
  const near = nearestName(written, names);
  const label = name.labels[0] === undefined ? '' : ` ${JSON.stringify(name.labels[0].value)}`;
  const detail =
    near === undefined ? `Allowed here: ${names.toSorted().join(', ')}` : `Did you mean "${near}"?`;
  context.problems.error(
    `unknown ${kind} ${JSON.stringify(written)} in ${name.type}${label}`,
    range,
    detail,
  );
}
