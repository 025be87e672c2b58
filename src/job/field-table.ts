/**
 * The one table of Nomad's job specification: each field with what we do with it. The rows stand in fields/, one file for
 * each part of a job; readers, defaults, warnings and docs/job-files.md all go by them. Pure.
 */
import type { BlockSchema, Field, Support } from './fields/field.ts';
import { jobSchema } from './fields/job-fields.ts';

/** One line of the table, as it is shown to people. */
export interface FieldTableRow {
  /** The block that the field stands in, as `group.network`. */
  readonly block: string;
  /** The name in HCL; absent for what only a server writes. A block ends in ` {}`. */
  readonly name?: string;
  /** The name in the API's JSON. */
  readonly api: string;
  /** The type of the value; `block` for a block. */
  readonly type: string;
  readonly support: Support;
  readonly note: string;
}

/** All rows: a job's own first, then block by block. A block that may stand in several places is listed once. */
export function fieldTable(): FieldTableRow[] {
  const rows: FieldTableRow[] = [];
  addRows(jobSchema, 'job', undefined, rows, new Set());
  return rows;
}

/** The outermost block around a field that is warned of or refused as a whole. */
interface Whole {
  readonly support: Support;
  readonly name: string;
}

function addRows(
  schema: BlockSchema,
  path: string,
  whole: Whole | undefined,
  rows: FieldTableRow[],
  seen: Set<BlockSchema>,
): void {
  seen.add(schema);
  rows.push(...schema.fields.map((field) => rowOf(field, path, whole)));
  const support = whole?.support ?? 'honoured';
  for (const api of schema.server ?? []) {
    const note = 'set by a server; accepted, without effect';
    rows.push({ block: path, api, type: 'any', support, note });
  }
  for (const field of schema.fields) {
    if (field.is === 'block' && !seen.has(field.schema)) {
      const isWhole = field.support !== 'honoured';
      const inner = whole ?? (isWhole ? { support: field.support, name: field.name } : undefined);
      const innerPath = path === 'job' ? field.name : `${path}.${field.name}`;
      addRows(field.schema, innerPath, inner, rows, seen);
    }
  }
}

function rowOf(field: Field, block: string, whole: Whole | undefined): FieldTableRow {
  const isBlock = field.is === 'block';
  return {
    block,
    name: isBlock ? `${field.name} {}` : field.name,
    api: field.api,
    type: isBlock ? 'block' : field.type,
    support: whole?.support ?? field.support,
    note: whole === undefined ? field.note : `as ${whole.name}`,
  };
}
