/** Replaces `dynamic` blocks by what they stand for. Pure. */
import { bodyContent } from './body-content.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { iterate } from './evaluate-for.ts';
import type {
  Attribute,
  Block,
  BlockLabel,
  Body,
  Diagnostic,
  Expression,
  Range,
} from './syntax.ts';
import { describeValue, isListValue, toText, type Value } from './value.ts';

/**
 * Expands the `dynamic` blocks of this body; those in its blocks are left for when these are read. Give it what
 * `bodyContent` gave. The variables of an iterator are bound inside of the expressions: any scope can evaluate them.
 */
export function expandDynamic(
  body: Body,
  scope: Scope,
): { readonly body: Body; readonly diagnostics: readonly Diagnostic[] } {
  if (!body.blocks.some((block) => block.type === 'dynamic')) {
    return { body, diagnostics: [] };
  }
  const diagnostics: Diagnostic[] = [];
  const blocks = body.blocks.flatMap((block) =>
    block.type === 'dynamic' ? expand(block, scope, diagnostics) : [block],
  );
  return { body: { ...body, blocks }, diagnostics };
}

const argumentNames = ['for_each', 'iterator', 'labels'];

function expand(block: Block, scope: Scope, diagnostics: Diagnostic[]): Block[] {
  const fail = (range: Range, summary: string, detail?: string): Block[] => {
    const extra = detail === undefined ? {} : { detail };
    diagnostics.push({ severity: 'error', summary, ...extra, range });
    return [];
  };
  const [type, extraLabel] = block.labels;
  if (type === undefined || extraLabel !== undefined) {
    const summary = 'a dynamic block has one label: the type of the blocks that it makes';
    return fail(extraLabel?.range ?? block.typeRange, summary, 'Write dynamic "type" { … }.');
  }
  const read = bodyContent(block.body, [{ type: 'content' }]);
  diagnostics.push(...read.diagnostics);
  const { attributes, blocks } = read.body;
  const wrong =
    attributes.find((attribute) => !argumentNames.includes(attribute.name))?.nameRange ??
    blocks.find((inner) => inner.type !== 'content')?.typeRange;
  if (wrong !== undefined) {
    const detail = 'Allowed are for_each, iterator, labels and one block content { … }.';
    return fail(wrong, 'this does not belong into a dynamic block', detail);
  }
  const [content, second] = blocks;
  const argument = (name: string): Expression | undefined =>
    attributes.find((attribute) => attribute.name === name)?.expression;
  const collection = argument('for_each');
  if (content === undefined || second !== undefined) {
    const summary = 'a dynamic block has one block content { … }';
    return fail(second?.typeRange ?? block.typeRange, summary);
  }
  if (collection === undefined) {
    return fail(block.typeRange, 'a dynamic block needs for_each', 'Write for_each = […].');
  }
  const iterator = iteratorName(argument('iterator'), type.value);
  if (iterator === undefined) {
    return fail(argument('iterator')?.range ?? block.range, 'the iterator must be a name');
  }
  const evaluated = evaluate(collection, scope);
  diagnostics.push(...evaluated.diagnostics);
  if (evaluated.diagnostics.length > 0) {
    return [];
  }
  const entries = iterate(evaluated.value);
  if (entries === undefined) {
    const summary = `for_each goes through lists and objects, and this is ${describeValue(evaluated.value)}`;
    return fail(collection.range, summary);
  }
  return entries.flatMap(([key, value]) => {
    const names = new Map([
      [
        iterator,
        new Map<string, Value>([
          ['key', key],
          ['value', value],
        ]),
      ],
    ]);
    const labels = labelsOf(argument('labels'), names, scope, diagnostics);
    return labels === undefined
      ? []
      : [
          {
            type: type.value,
            typeRange: type.range,
            labels,
            body: bindBody(content.body, names),
            range: block.range,
          },
        ];
  });
}

function iteratorName(iterator: Expression | undefined, type: string): string | undefined {
  if (iterator === undefined) {
    return type;
  }
  if (iterator.kind === 'scoped') {
    return iteratorName(iterator.expression, type);
  }
  if (iterator.kind === 'traversal' && iterator.steps.length === 0) {
    return iterator.root;
  }
  return iterator.kind === 'literal' && typeof iterator.value === 'string'
    ? iterator.value
    : undefined;
}

function labelsOf(
  labels: Expression | undefined,
  names: ReadonlyMap<string, Value>,
  scope: Scope,
  diagnostics: Diagnostic[],
): BlockLabel[] | undefined {
  if (labels === undefined) {
    return [];
  }
  const { range } = labels;
  const evaluated = evaluate(bind(labels, names), scope);
  diagnostics.push(...evaluated.diagnostics);
  if (evaluated.diagnostics.length > 0) {
    return undefined;
  }
  const { value } = evaluated;
  const texts = isListValue(value) ? value.map(toText) : [undefined];
  if (texts.includes(undefined)) {
    const summary = 'labels must be a list of texts';
    diagnostics.push({ severity: 'error', summary, range });
    return undefined;
  }
  return texts.map((text) => ({ value: text ?? '', range }));
}

function bind(expression: Expression, variables: ReadonlyMap<string, Value>): Expression {
  // In JSON the value must stay an object or list to be read as blocks; what stands in it is bound then.
  return { kind: 'scoped', variables, expression, range: expression.range };
}

function bindBody(body: Body, names: ReadonlyMap<string, Value>): Body {
  const bindOne = body.isJson === true ? bindJson : bind;
  const attributes = body.attributes.map(
    (attribute): Attribute => ({ ...attribute, expression: bindOne(attribute.expression, names) }),
  );
  const blocks = body.blocks.map(
    (block): Block => ({ ...block, body: bindBody(block.body, names) }),
  );
  return { ...body, attributes, blocks };
}

/** In JSON an object may turn out to be a block: it stays one, and what stands in it is bound. */
function bindJson(expression: Expression, names: ReadonlyMap<string, Value>): Expression {
  if (expression.kind === 'tuple') {
    return { ...expression, items: expression.items.map((item) => bindJson(item, names)) };
  }
  if (expression.kind === 'object') {
    const items = expression.items.map(({ key, value }) => ({
      key: key.kind === 'literal' ? key : bind(key, names),
      value: bindJson(value, names),
    }));
    return { ...expression, items };
  }
  return expression.kind === 'literal' ? expression : bind(expression, names);
}
