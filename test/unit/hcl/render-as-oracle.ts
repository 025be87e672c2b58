/** Renders a body of ours as the oracle renders files: expressions that are more than values stay as `${…}`. */
import { formatNumber } from '../../../src/job/hcl/number.ts';
import type { Body, Expression, ObjectItem, TemplatePart } from '../../../src/job/hcl/syntax.ts';

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Renders a body. Undefined when it has blocks that the oracle cannot show beside each other. */
export function renderBody(body: Body, source: string): Json {
  const result: { [name: string]: Json } = {};
  for (const block of body.blocks) {
    const rendered = renderBody(block.body, source);
    let place = result;
    const path = [block.type, ...block.labels.map((label) => label.value)];
    const last = path.pop() ?? '';
    for (const name of path) {
      const inner = place[name] ?? {};
      define(place, name, inner);
      place = isObject(inner) ? inner : {};
    }
    const before = place[last];
    define(place, last, Array.isArray(before) ? [...before, rendered] : [rendered]);
  }
  for (const { name, expression } of body.attributes) {
    define(result, name, renderExpression(expression, source));
  }
  return result;
}

function define(object: { [name: string]: Json }, name: string, value: Json): void {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function renderExpression(expression: Expression, source: string): Json {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string'
        ? escapeText(expression.value)
        : typeof expression.value === 'bigint'
          ? Number(expression.value)
          : expression.value;
    case 'template': {
      const [first] = expression.parts;
      return expression.parts.length === 1 && first?.kind === 'interpolation'
        ? renderExpression(first.expression, source)
        : renderParts(expression.parts, source);
    }
    case 'tuple':
      return expression.items.map((item) => renderExpression(item, source));
    case 'object': {
      const object: { [name: string]: Json } = {};
      for (const item of expression.items) {
        define(object, renderKey(item, source), renderExpression(item.value, source));
      }
      return object;
    }
    case 'unary': {
      const { operand } = expression;
      if (operand.kind === 'literal' && expression.operator === '-') {
        if (typeof operand.value === 'number' || typeof operand.value === 'bigint') {
          return 0 - Number(operand.value); // Never -0, which JSON has not.
        }
      }
      if (operand.kind === 'literal' && expression.operator === '!') {
        if (typeof operand.value === 'boolean') {
          return !operand.value;
        }
      }
      return `\${${written(expression, source)}}`;
    }
    default:
      return `\${${written(expression, source)}}`;
  }
}

function renderKey({ key }: ObjectItem, source: string): string {
  if (key.kind === 'traversal') {
    return written(key, source);
  }
  const rendered = renderExpression(key, source);
  if (typeof rendered === 'string') {
    return rendered;
  }
  return key.kind === 'literal' && (typeof key.value === 'number' || typeof key.value === 'bigint')
    ? formatNumber(key.value)
    : `\${${written(key, source)}}`;
}

function renderParts(parts: readonly TemplatePart[], source: string): string {
  return parts.map((part) => renderPart(part, source)).join('');
}

function renderPart(part: TemplatePart, source: string): string {
  switch (part.kind) {
    case 'text':
      return escapeText(part.text);
    case 'interpolation': {
      const { expression } = part;
      if (expression.kind === 'literal') {
        return typeof expression.value === 'string'
          ? escapeText(expression.value)
          : String(expression.value);
      }
      if (expression.kind === 'template') {
        return renderParts(expression.parts, source);
      }
      return `\${${written(expression, source)}}`;
    }
    case 'if': {
      const then = renderParts(part.then, source);
      const otherwise = renderParts(part.otherwise, source);
      const middle = otherwise === '' ? '' : `%{else}${otherwise}`;
      return `%{if ${written(part.condition, source)}}${then}${middle}%{endif}`;
    }
    case 'for': {
      const names =
        part.keyName === undefined ? part.valueName : `${part.keyName}, ${part.valueName}`;
      const body = renderParts(part.body, source);
      return `%{for ${names} in ${written(part.collection, source)}}${body}%{endfor}`;
    }
  }
}

function escapeText(text: string): string {
  return text.replace(/[$%]\{/g, (open) => open.charAt(0) + open);
}

function written(expression: Expression, source: string): string {
  return source.slice(expression.range.start.offset, expression.range.end.offset);
}
