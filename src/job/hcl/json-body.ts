/** Blocks of HCL's JSON syntax: objects, and lists of objects, whose keys are the labels. Pure. */
import type { BlockShape, BodyContent } from './body-content.ts';
import type {
  Attribute,
  Block,
  BlockLabel,
  Body,
  Diagnostic,
  Expression,
  ObjectExpression,
} from './syntax.ts';

/** The body that an object is. A property that is called `//` is a comment. */
export function bodyOfObject(object: ObjectExpression, diagnostics: Diagnostic[]): Body {
  const attributes: Attribute[] = [];
  for (const { key, value } of object.items) {
    const name = key.kind === 'literal' ? key.value : undefined;
    if (typeof name !== 'string') {
      const summary = 'the name of a property cannot be a template here';
      diagnostics.push({ severity: 'error', summary, range: key.range });
    } else if (name !== '//') {
      const range = { ...key.range, end: value.range.end };
      attributes.push({ name, nameRange: key.range, expression: value, range });
    }
  }
  return { attributes, blocks: [], range: object.range, isJson: true };
}

/** Tells blocks from attributes. */
export function jsonContent(body: Body, shapes: readonly BlockShape[]): BodyContent {
  const diagnostics: Diagnostic[] = [];
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  const labelCounts = new Map(shapes.map(({ type, labels = 0 }) => [type, labels]));
  if (shapes.length > 0) {
    labelCounts.set('dynamic', 1);
  }
  const seen = new Set<string>();
  for (const attribute of body.attributes) {
    const labels = labelCounts.get(attribute.name);
    if (labels !== undefined) {
      readBlocks({ attribute, blocks, diagnostics }, attribute.expression, labels, []);
      continue;
    }
    if (seen.has(attribute.name)) {
      const summary = `"${attribute.name}" is set twice`;
      diagnostics.push({ severity: 'error', summary, range: attribute.nameRange });
    }
    seen.add(attribute.name);
    attributes.push(attribute);
  }
  // What blocks are has been decided: the result is a body like any other.
  return { body: { attributes, blocks, range: body.range }, diagnostics };
}

interface BlockReader {
  readonly attribute: Attribute;
  readonly blocks: Block[];
  readonly diagnostics: Diagnostic[];
}

function readBlocks(
  reader: BlockReader,
  value: Expression,
  missingLabels: number,
  labels: readonly BlockLabel[],
): void {
  if (value.kind === 'tuple') {
    for (const item of value.items) {
      readBlocks(reader, item, missingLabels, labels);
    }
  } else if (value.kind === 'object' && missingLabels > 0) {
    const names = bodyOfObject(value, reader.diagnostics);
    for (const { name, nameRange, expression } of names.attributes) {
      const label = { value: name, range: nameRange };
      readBlocks(reader, expression, missingLabels - 1, [...labels, label]);
    }
  } else if (value.kind === 'object') {
    reader.blocks.push({
      type: reader.attribute.name,
      typeRange: reader.attribute.nameRange,
      labels,
      body: bodyOfObject(value, reader.diagnostics),
      range: { ...reader.attribute.nameRange, end: value.range.end },
    });
  } else if (value.kind !== 'literal' || value.value !== null) {
    const what = missingLabels > 0 ? 'an object whose keys are its labels' : 'an object';
    reader.diagnostics.push({
      severity: 'error',
      summary: `"${reader.attribute.name}" must be ${what}, or a list of such`,
      range: value.range,
    });
  }
}
