/** `locals` blocks: values by name, each of which may use variables and other locals. Pure. */
import { contentOfBody } from './hcl-body.ts';
import type { Attribute, Block } from './hcl/syntax.ts';
import type { HclContext } from './read-hcl-block.ts';

/** The expression of each local, by name. */
export function readLocals(
  blocks: readonly Block[],
  context: HclContext,
): ReadonlyMap<string, Attribute> {
  const locals = new Map<string, Attribute>();
  for (const block of blocks.filter(({ type }) => type === 'locals')) {
    const { attributes, blocks: inner } = contentOfBody(block.body, { blocks: [] }, context);
    for (const { type, typeRange } of inner) {
      const problem = `locals has only name = value, and no block such as ${JSON.stringify(type)}`;
      context.problems.error(problem, typeRange);
    }
    for (const attribute of attributes) {
      if (locals.has(attribute.name)) {
        context.problems.error(
          `local ${JSON.stringify(attribute.name)} is declared twice`,
          attribute.nameRange,
        );
      } else {
        locals.set(attribute.name, attribute);
      }
    }
  }
  return locals;
}
