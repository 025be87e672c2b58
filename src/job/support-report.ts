/** Goes through a job with the field table and says what is not done: one line for each field, never for a default. Pure. */

import { parseDuration } from '../duration.ts';
import { isList } from './convert-value.ts';
import type { BlockField, Field, ValueField } from './fields/field.ts';
import type { Range } from './hcl/syntax.ts';
import type { JobValue } from './job-model.ts';
import type { Problems } from './problems.ts';
import type { RawBlock } from './raw-block.ts';

interface Finding {
  readonly field: Field;
  range: Range | undefined;
  count: number;
}

/** Reports what `block`, and everything in it, says that is warned of or refused. */
export function reportSupport(block: RawBlock, problems: Problems): void {
  // By row of the table, so that a file with a hundred tasks gives one warning and not a hundred.
  const warnings = new Map<Field, Finding>();
  visit(block, warnings, problems);
  for (const { field, range, count } of warnings.values()) {
    const others = count === 2 ? '1 more place' : `${count - 1} more places`;
    const more = count === 1 ? '' : ` (here and in ${others})`;
    problems.warning(`"${field.name}" has no effect: ${field.note}${more}`, range);
  }
}

function visit(block: RawBlock, warnings: Map<Field, Finding>, problems: Problems): void {
  for (const field of block.schema.fields) {
    if (field.is === 'value') {
      const value = block.values.get(field.name);
      if (field.support === 'warned' && value !== undefined && !isNeutral(value.value, field)) {
        note(field, value.range, warnings);
      }
      continue;
    }
    for (const child of block.blocks.get(field.name) ?? []) {
      visitBlock(child, field, warnings, problems);
    }
  }
}

function visitBlock(
  block: RawBlock,
  field: BlockField,
  warnings: Map<Field, Finding>,
  problems: Problems,
): void {
  switch (field.support) {
    case 'honoured':
      visit(block, warnings, problems);
      break;
    case 'warned':
      if (field.asksWhenEmpty || !isNeutralBlock(block)) {
        note(field, block.range, warnings);
      }
      break;
    case 'refused':
      problems.error(`"${field.name}" cannot be honoured here, and ${field.note}`, block.range);
      break;
  }
}

function note(field: Field, range: Range | undefined, warnings: Map<Field, Finding>): void {
  const finding = warnings.get(field);
  if (finding === undefined) {
    warnings.set(field, { field, range, count: 1 });
  } else {
    finding.count += 1;
    if ((range?.start.offset ?? 0) < (finding.range?.start.offset ?? 0)) {
      finding.range = range; // The first in the file is the one that is shown.
    }
  }
}

function isNeutralBlock(block: RawBlock): boolean {
  return (
    Object.keys(block.content).length === 0 &&
    block.schema.fields.every((field) => {
      if (field.is === 'block') {
        return (block.blocks.get(field.name) ?? []).every(isNeutralBlock);
      }
      const value = block.values.get(field.name);
      return value === undefined || isNeutral(value.value, field);
    })
  );
}

function isNeutral(value: JobValue, field: ValueField): boolean {
  if (value === null || value === '' || value === 0 || value === false) {
    return true;
  }
  if (typeof value === 'object' && Object.keys(value).length === 0) {
    return true;
  }
  return field.neutral.some((neutral) => isSame(value, neutral, field));
}

function isSame(value: JobValue, neutral: JobValue, field: ValueField): boolean {
  if (field.type === 'duration' && typeof neutral === 'string') {
    const parsed = parseDuration(neutral);
    return parsed.ok && parsed.ms === value;
  }
  if (isList(value) && isList(neutral)) {
    return value.length === neutral.length && value.every((item, index) => item === neutral[index]);
  }
  return value === neutral;
}
