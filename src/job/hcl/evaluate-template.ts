/** Evaluates templates. */
import { normalized } from './characters.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { forItems } from './evaluate-for.ts';
import { evaluateCondition } from './evaluate-operator.ts';
import type { Evaluation } from './evaluation.ts';
import type { TemplateExpression, TemplateFor, TemplatePart } from './syntax.ts';
import { describeValue, toText, type Value } from './value.ts';

/** The value of a template: text, or that of its only interpolation. */
export function evaluateTemplate(
  template: TemplateExpression,
  evaluation: Evaluation,
): Value | undefined {
  const [first] = template.parts;
  if (template.parts.length === 1 && first?.kind === 'interpolation') {
    return evaluateExpression(first.expression, evaluation);
  }
  return joinParts(template.parts, evaluation);
}

function joinParts(parts: readonly TemplatePart[], evaluation: Evaluation): string | undefined {
  const texts: string[] = [];
  let isWhole = true;
  for (const part of parts) {
    const text = evaluatePart(part, evaluation);
    if (text === undefined) {
      isWhole = false;
    } else {
      texts.push(text);
    }
  }
  return isWhole ? normalized(texts.join('')) : undefined;
}

function evaluatePart(part: TemplatePart, evaluation: Evaluation): string | undefined {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'interpolation': {
      const value = evaluateExpression(part.expression, evaluation);
      if (value === undefined) {
        return undefined;
      }
      const problem = `a text cannot hold ${describeValue(value)}`;
      const detail =
        'Only texts, numbers, true and false can stand in a text. Use join or jsonencode for a list.';
      return toText(value) ?? evaluation.fail(part.expression.range, problem, detail);
    }
    case 'if': {
      const holds = evaluateCondition(part.condition, evaluation);
      return holds === undefined
        ? undefined
        : nested(part, holds ? part.then : part.otherwise, evaluation);
    }
    case 'for':
      return evaluateFor(part, evaluation);
  }
}

function evaluateFor(part: TemplateFor, evaluation: Evaluation): string | undefined {
  const texts: string[] = [];
  const items = forItems(part, evaluation);
  for (const { names } of items ?? []) {
    const text = nested(part, part.body, evaluation.withNames(names));
    if (text === undefined) {
      return undefined; // The others would most likely fail for the same reason.
    }
    texts.push(text);
  }
  return items === undefined ? undefined : texts.join('');
}

function nested(
  part: TemplatePart,
  parts: readonly TemplatePart[],
  evaluation: Evaluation,
): string | undefined {
  const text = evaluation.deeper(part.range, () => joinParts(parts, evaluation));
  return typeof text === 'string' ? text : undefined;
}
