/** Blocks whose names are not ours: `config` of a driver, and maps such as `env`. Pure. */
import { copyRanges, type LocatedValue } from './block-builder.ts';
import type { Block, Range } from './hcl/syntax.ts';
import { contentOfBody } from './hcl-body.ts';
import { evaluateLocated } from './hcl-value.ts';
import type { JobObject, JobValue } from './job-model.ts';
import { pointer } from './raw-block.ts';
import type { HclContext } from './read-hcl-block.ts';

/**
 * Reads a block as an object. Blocks in it become lists of objects, one for each; labels become objects around the
 * content, as in Nomad.
 */
export function readOpenBlock(block: Block, context: HclContext): LocatedValue {
  const content = new Map<string, JobValue>();
  const ranges = new Map<string, Range>();
  const { attributes, blocks } = contentOfBody(block.body, [], context);
  for (const attribute of attributes) {
    const located = evaluateLocated(attribute.expression, context.scope, context.problems);
    if (located !== undefined) {
      content.set(attribute.name, located.value);
      copyRanges([attribute.name], { ...located, range: attribute.range }, ranges);
    }
  }
  for (const inner of blocks) {
    const before = content.get(inner.type);
    const list: readonly JobValue[] = Array.isArray(before) ? before : [];
    const located = readOpenBlock(inner, context);
    content.set(inner.type, [...list, located.value]);
    copyRanges([inner.type, list.length], located, ranges);
  }
  return withLabels(block, Object.fromEntries(content), ranges);
}

function withLabels(block: Block, content: JobObject, ranges: Map<string, Range>): LocatedValue {
  const value = block.labels.reduceRight<JobObject>(
    (inner, label) => ({ [label.value]: inner }),
    content,
  );
  const prefix = pointer(block.labels.map((label) => label.value));
  const moved = new Map([...ranges].map(([path, range]) => [`${prefix}${path}`, range]));
  return { value, range: block.typeRange, ranges: moved };
}
