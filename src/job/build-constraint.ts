/** `constraint` blocks with their short forms. Pure. */
import type { Constraint } from './job-model.ts';
import type { Problems } from './problems.ts';
import { children, flag, type RawBlock, rangeOf, text } from './raw-block.ts';

/** Fields that stand for an operator with a value. */
const valueForms = [
  'version',
  'semver',
  'regexp',
  'set_contains',
  'set_contains_all',
  'set_contains_any',
] as const;

const operators: ReadonlySet<string> = new Set([
  '=',
  '==',
  'is',
  '!=',
  'not',
  '>',
  '>=',
  '<',
  '<=',
  'distinct_hosts',
  'distinct_property',
  'regexp',
  'set_contains',
  'set_contains_all',
  'set_contains_any',
  'version',
  'semver',
  'is_set',
  'is_not_set',
]);

/** The constraints that stand in a job, a group or a task. */
export function buildConstraints(block: RawBlock, problems: Problems): Constraint[] {
  return children(block, 'constraint').map((child) => {
    const constraint = longForm(child);
    if (!operators.has(constraint.operator)) {
      problems.error(
        `the operator of a constraint must be one of ${[...operators].join(', ')}, and is ${JSON.stringify(constraint.operator)}`,
        rangeOf(child, 'operator'),
      );
    }
    return constraint;
  });
}

function longForm(block: RawBlock): Constraint {
  const attribute = text(block, 'attribute') ?? '';
  const value = text(block, 'value') ?? '';
  const form = valueForms.find((name) => text(block, name) !== undefined);
  if (form !== undefined) {
    return { attribute, operator: form, value: text(block, form) ?? '' };
  }
  if (flag(block, 'distinct_hosts') !== undefined) {
    const isWanted = flag(block, 'distinct_hosts') === true;
    return { attribute, operator: 'distinct_hosts', value: isWanted ? value : 'false' };
  }
  const property = text(block, 'distinct_property');
  if (property !== undefined) {
    return { attribute: property, operator: 'distinct_property', value };
  }
  return { attribute, operator: text(block, 'operator') || '=', value };
}
