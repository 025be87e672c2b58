/** Bodies of HCL, in either syntax, as what a schema says that may stand in them. Pure. */
import type { BlockSchema } from './fields/field.ts';
import { type BlockShape, bodyContent } from './hcl/body-content.ts';
import { expandDynamic } from './hcl/dynamic.ts';
import { type ParsedFile, parseHcl } from './hcl/parse.ts';
import { parseHclJson } from './hcl/parse-json.ts';
import type { Body } from './hcl/syntax.ts';
import type { HclContext } from './read-hcl-block.ts';

/** Parses a file in one of HCL's two syntaxes. */
export function parseBody(source: string, filename: string, isJson: boolean): ParsedFile {
  return isJson ? parseHclJson(source, filename) : parseHcl(source, filename);
}

/** The arguments and blocks of a body, with its `dynamic` blocks replaced. */
export function contentOfBody(
  body: Body,
  shapes: readonly BlockShape[],
  context: HclContext,
): Body {
  const content = bodyContent(body, shapes);
  context.problems.take(content.diagnostics);
  const expanded = expandDynamic(content.body, context.scope);
  context.problems.take(expanded.diagnostics);
  return expanded.body;
}

/** The blocks of a schema: only by them can the JSON syntax tell a block from an argument. */
export function shapesOf(schema: BlockSchema): BlockShape[] {
  return schema.fields.flatMap((field) =>
    field.is === 'block'
      ? [{ type: field.name, labels: field.schema.label === undefined ? 0 : 1 }]
      : [],
  );
}
